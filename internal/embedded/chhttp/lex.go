package chhttp

import (
	"bytes"
	"errors"
	"strings"
)

// kind is what a token is; comments and white space give no token.
type kind uint8

const (
	word   kind = iota // a bare word: keyword or identifier
	quoted             // an identifier in `…` or "…"
	text               // a string literal, heredocs included
	number
	symbol // one punctuation byte
)

// token is a piece of SQL; word holds its text (unquoted for quoted identifiers).
type token struct {
	kind       kind
	word       string
	start, end int
}

// is reports whether the token is this keyword (upper case), in any case, bare.
func (t token) is(keyword string) bool {
	return t.kind == word && strings.EqualFold(t.word, keyword)
}

// isName reports whether the token may be an identifier.
func (t token) isName() bool { return t.kind == word || t.kind == quoted }

func (t token) symbol(s byte) bool { return t.kind == symbol && t.word[0] == s }

// errOpen says that a string or comment is not closed in the text at hand: more
// text may close it.
var errOpen = errors.New("a quoted string or a comment is not closed")

// errOutside says that the statement has a character that SQL has no use for
// outside of quotes. ClickHouse would read typographic quotes as quotes; the
// wall must read every statement as ClickHouse does, so they are refused.
var errOutside = errors.New("a character outside of quotes is not plain ASCII; write quotes as ' and \"")

// errName says that a quoted name has an escape, which could spell a refused name.
var errName = errors.New("a quoted name has a backslash; write the name as it is")

// lexer cuts SQL into tokens by ClickHouse's rules.
type lexer struct {
	src  []byte
	pos  int
	more bool // more text may follow src
}

// next returns the next token; ok is false at the end of the text.
func (l *lexer) next() (tok token, ok bool, err error) {
	if err := l.skip(); err != nil {
		return token{}, false, err
	}
	if l.pos >= len(l.src) {
		return token{}, false, nil
	}
	c := l.src[l.pos]
	switch {
	case c >= 0x80 || c < ' ':
		return token{}, false, errOutside
	case c == '\'' || c == '"' || c == '`':
		return l.quote(c)
	case c == '$':
		return l.dollar()
	case isWordStart(c):
		return l.run(word, isWordPart)
	case isDigit(c):
		return l.run(number, func(c byte) bool { return isWordStart(c) || isDigit(c) })
	}
	l.pos++
	return token{symbol, string(c), l.pos - 1, l.pos}, true, nil
}

// run reads a token of all bytes that belong to it.
func (l *lexer) run(k kind, belongs func(byte) bool) (token, bool, error) {
	start := l.pos
	for l.pos < len(l.src) && belongs(l.src[l.pos]) {
		l.pos++
	}
	return token{k, string(l.src[start:l.pos]), start, l.pos}, true, nil
}

// skip passes white space and comments: "--" and "//" to the end of the line,
// "# " and "#!" likewise, and nested "/* */".
func (l *lexer) skip() error {
	for l.pos < len(l.src) {
		switch {
		case l.src[l.pos] == ' ' || l.src[l.pos] >= '\t' && l.src[l.pos] <= '\r':
			l.pos++
		case l.begins("--"), l.begins("//"), l.begins("# "), l.begins("#!"):
			l.line()
		case l.begins("/*"):
			if err := l.comment(); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return nil
}

// begins reports whether the text goes on with mark.
func (l *lexer) begins(mark string) bool {
	return strings.HasPrefix(string(l.src[l.pos:min(l.pos+2, len(l.src))]), mark)
}

func (l *lexer) line() {
	for l.pos < len(l.src) && l.src[l.pos] != '\n' {
		l.pos++
	}
}

func (l *lexer) comment() error {
	depth := 0
	for l.pos < len(l.src) {
		switch {
		case l.begins("/*"):
			depth++
			l.pos += 2
		case l.begins("*/"):
			depth--
			l.pos += 2
			if depth == 0 {
				return nil
			}
		default:
			l.pos++
		}
	}
	return errOpen
}

// quote reads '…', "…" or `…`: a doubled quote is one; in strings a backslash takes
// the next byte. The value of a string with escapes is not exact; nothing needs it.
func (l *lexer) quote(mark byte) (token, bool, error) {
	start := l.pos
	var value []byte
	for l.pos++; l.pos < len(l.src); l.pos++ {
		c := l.src[l.pos]
		switch {
		case c == '\\' && mark != '\'':
			return token{}, false, errName
		case c == '\\' && l.pos+1 < len(l.src):
			l.pos++
			value = append(value, l.src[l.pos])
		case c == mark && l.pos+1 < len(l.src) && l.src[l.pos+1] == mark:
			l.pos++
			value = append(value, mark)
		case c == mark:
			l.pos++
			k := quoted
			if mark == '\'' {
				k = text
			}
			return token{k, string(value), start, l.pos}, true, nil
		default:
			value = append(value, c)
		}
	}
	return token{}, false, errOpen
}

// dollar reads a heredoc $tag$…$tag$; the tag is whatever stands up to the next
// dollar. Any other dollar is a symbol.
func (l *lexer) dollar() (token, bool, error) {
	start, rest := l.pos, l.src[l.pos+1:]
	if size := bytes.IndexByte(rest, '$'); size >= 0 {
		tag, body := l.src[start:start+size+2], rest[size+1:]
		if length := bytes.Index(body, tag); length >= 0 {
			l.pos = start + len(tag) + length + len(tag)
			return token{text, string(body[:length]), start, l.pos}, true, nil
		}
	}
	if l.more {
		return token{}, false, errOpen
	}
	l.pos++
	return token{symbol, "$", start, l.pos}, true, nil
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isWordStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
}

func isWordPart(c byte) bool { return isWordStart(c) || isDigit(c) || c == '$' }
