package importer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// charset is a canonical encoding name; empty means "UTF-8 unless a byte order
// mark says otherwise".
type charset string

const (
	utf8Charset        charset = "utf-8"
	utf16Charset       charset = "utf-16"
	utf16LECharset     charset = "utf-16le"
	utf16BECharset     charset = "utf-16be"
	windows1251Charset charset = "windows-1251"
	windows1252Charset charset = "windows-1252"
	latin1Charset      charset = "iso-8859-1"
)

// charsetNames lists what a mapping may say under encoding.
func charsetNames() []string {
	return []string{
		string(utf8Charset), string(utf16Charset), string(utf16LECharset), string(utf16BECharset),
		string(windows1251Charset), string(windows1252Charset), string(latin1Charset),
	}
}

func parseCharset(name string) (charset, bool) {
	low := strings.ToLower(strings.TrimSpace(name))
	switch low {
	case "utf8":
		return utf8Charset, true
	case "utf16":
		return utf16Charset, true
	case "utf-16-le":
		return utf16LECharset, true
	case "utf-16-be":
		return utf16BECharset, true
	case "cp1251", "windows1251":
		return windows1251Charset, true
	case "cp1252", "windows1252":
		return windows1252Charset, true
	case "latin1", "latin-1":
		return latin1Charset, true
	}
	if slices.Contains(charsetNames(), low) {
		return charset(low), true
	}
	return "", false
}

// mark is the byte order mark a file begins with.
type mark struct {
	charset charset
	size    int
}

func detectMark(head []byte) mark {
	switch {
	case bytes.HasPrefix(head, []byte{0xEF, 0xBB, 0xBF}):
		return mark{utf8Charset, 3}
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}):
		return mark{utf16LECharset, 2}
	case bytes.HasPrefix(head, []byte{0xFE, 0xFF}):
		return mark{utf16BECharset, 2}
	}
	return mark{}
}

// decodeReader returns r as UTF-8 without a byte order mark. The mark decides
// when nothing was declared; a mark that contradicts the declaration is an
// error, since one of the two is wrong and guessing would corrupt text.
func decodeReader(r io.Reader, declared charset) (io.Reader, charset, error) {
	head := make([]byte, 3)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, "", fmt.Errorf("read file: %w", err)
	}
	head = head[:n]
	bom := detectMark(head)
	actual := declared
	switch {
	case bom.size > 0 && (declared == "" || declared == bom.charset || declared == utf16Charset && bom.charset != utf8Charset):
		actual = bom.charset
	case bom.size > 0:
		return nil, "", Problem{
			Line: 1, Code: CodeEncoding,
			Reason: fmt.Sprintf("the file begins with the byte order mark of %s, but the mapping says encoding: %s", bom.charset, declared),
			Hint:   "remove encoding from the mapping, or export the file again",
		}
	case declared == utf16Charset:
		return nil, "", Problem{
			Line: 1, Code: CodeEncoding,
			Reason: "the mapping says encoding: utf-16, but the file has no byte order mark to tell which byte comes first",
			Hint:   "say encoding: utf-16le (Windows) or utf-16be",
		}
	case declared == "":
		actual = utf8Charset
	}
	whole := io.MultiReader(bytes.NewReader(head[bom.size:]), r)
	if enc := charsetEncoding(actual); enc != nil {
		return transform.NewReader(whole, enc.NewDecoder()), actual, nil
	}
	return whole, actual, nil
}

// charsetEncoding returns nil for UTF-8, which is passed through and checked a
// row at a time, so that a bad byte costs one row and not the file.
func charsetEncoding(c charset) encoding.Encoding {
	switch c {
	case utf16LECharset:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case utf16BECharset:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case windows1251Charset:
		return charmap.Windows1251
	case windows1252Charset:
		return charmap.Windows1252
	case latin1Charset:
		return charmap.ISO8859_1
	default:
		return nil
	}
}

// textFault returns why text cannot be taken as it is, or "". Control
// characters never belong in a table: they are what a wrong encoding or a
// damaged file looks like.
func textFault(text []byte, c charset) (reason, hint string) {
	for i := 0; i < len(text); {
		b := text[i]
		if b >= 0x20 && b < 0x7F || b == '\t' || b == '\n' || b == '\r' {
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return fmt.Sprintf("byte 0x%02X is not %s", b, c),
				"export as UTF-8, or name the encoding in the mapping (" + strings.Join(charsetNames(), ", ") + ")"
		case r == utf8.RuneError:
			return "a character is damaged (U+FFFD): its bytes are not " + string(c), "check encoding in the mapping"
		case r == 0:
			return "holds the character U+0000", "a file full of these is UTF-16 without its mark: say encoding: utf-16le or utf-16be"
		case r < 0x20 || r >= 0x7F && r < 0xA0:
			return fmt.Sprintf("holds the control character U+%04X", r), "check encoding in the mapping, or remove the character"
		}
		i += size
	}
	return "", ""
}
