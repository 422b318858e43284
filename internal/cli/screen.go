package cli

import (
	"os"
	"strings"
)

// screen is where people read: its width in columns, 0 when it is no terminal, and whether it has colours.
type screen struct {
	columns int
	color   bool
}

// screenOf is what w is. Colours are for terminals only, and NO_COLOR (no-color.org) switches them off.
func screenOf(w any) screen {
	columns := width(w)
	return screen{columns: columns, color: columns > 0 && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

// style puts a text in an SGR style where there are colours.
func (s screen) style(code, text string) string {
	if !s.color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s screen) bold(text string) string { return s.style("1", text) }

func (s screen) faint(text string) string { return s.style("2", text) }

// wrap breaks a text between words to the width of the terminal. A dot between two notes stays with the first.
func (s screen) wrap(text string) string {
	if s.columns <= 0 {
		return text
	}
	var words []string
	for word := range strings.FieldsSeq(text) {
		if last := len(words) - 1; word == "·" && last >= 0 {
			words[last] += " ·"
			continue
		}
		words = append(words, word)
	}
	return strings.Join(wrapped(words, s.columns), "\n")
}
