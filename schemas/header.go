package schemas

import (
	"strings"
	"unicode/utf8"
)

// DecodeHeaderValue decodes the value of a ce- header as the CloudEvents HTTP and NATS bindings write it: percent-encoded UTF-8, in
// older senders within double quotes with backslash escapes. The error is a *Violation without a pointer: the caller knows the header.
func DecodeHeaderValue(value string) (string, error) {
	value = strings.Trim(value, " \t")
	if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
		value = unescapeQuoted(value[1 : len(value)-1])
	}
	if strings.IndexByte(value, '%') >= 0 {
		decoded := make([]byte, 0, len(value))
		for i := 0; i < len(value); i++ {
			if value[i] != '%' {
				decoded = append(decoded, value[i])
				continue
			}
			if i+2 >= len(value) || !isHex(value[i+1]) || !isHex(value[i+2]) {
				return "", headerViolation("a % is not followed by two hexadecimal digits", "write a percent sign as %25")
			}
			decoded = append(decoded, hexDigit(value[i+1])<<4|hexDigit(value[i+2]))
			i += 2
		}
		value = string(decoded)
	}
	if !utf8.ValidString(value) {
		return "", headerViolation("it is not UTF-8 once decoded", "percent-encode the bytes of the UTF-8 text")
	}
	return value, nil
}

func headerViolation(problem, hint string) *Violation {
	return &Violation{Code: CodeBadAttribute, Detail: "The header value cannot be decoded: " + problem + ".", Hint: hint}
}

func unescapeQuoted(text string) string {
	if strings.IndexByte(text, '\\') < 0 {
		return text
	}
	var plain strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			i++
		}
		plain.WriteByte(text[i])
	}
	return plain.String()
}

func hexDigit(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}
