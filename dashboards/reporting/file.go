package reporting

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
)

// front is the front matter of a report or of a shared piece, as written.
type front struct {
	Name       string        `yaml:"name"`
	Title      string        `yaml:"title"`
	Question   string        `yaml:"question"`
	Section    string        `yaml:"section"`
	Definition string        `yaml:"definition"`
	With       []string      `yaml:"with"`
	Columns    []string      `yaml:"columns"`
	Function   string        `yaml:"function"`
	Grains     []string      `yaml:"grains"`
	Parameters yaml.MapSlice `yaml:"parameters"`
	Dimensions yaml.MapSlice `yaml:"dimensions"`
	Measures   yaml.MapSlice `yaml:"measures"`
	Order      []string      `yaml:"order"`
	Chart      *Chart        `yaml:"chart"`
	Pivot      *Pivot        `yaml:"pivot"`
	Personal   bool          `yaml:"personal"`
	Unique     string        `yaml:"unique"`
	People     []string      `yaml:"people"`
	Parts      []Parts       `yaml:"parts"`
}

// splitFile parts a file into its front matter and its SELECT. The front matter
// is the comment that the file begins with, so the file as a whole stays SQL.
func splitFile(text string) (matter, query string, err error) {
	rest, ok := strings.CutPrefix(strings.TrimLeft(text, "\ufeff \t\r\n"), "/*")
	if !ok {
		return "", "", fmt.Errorf("the file does not begin with a comment /* … */ that holds the front matter")
	}
	matter, query, ok = strings.Cut(rest, "*/")
	if !ok {
		return "", "", fmt.Errorf("the comment with the front matter is not closed by */")
	}
	query = strings.TrimRight(strings.TrimSpace(withoutComments(query)), "; \t\r\n")
	if query == "" {
		return "", "", fmt.Errorf("there is no SELECT after the front matter")
	}
	return matter, query, nil
}

func parseFront(matter string) (*front, error) {
	var f front
	if err := yaml.UnmarshalWithOptions([]byte(matter), &f, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("read the front matter: %w", err)
	}
	return &f, nil
}

// decodeItems reads the members of an ordered mapping into T, strictly.
func decodeItems[T any](section string, items yaml.MapSlice, name func(*T, string)) ([]T, error) {
	out := make([]T, 0, len(items))
	seen := make(map[string]bool, len(items))
	for _, item := range items {
		key := fmt.Sprint(item.Key)
		if !isName(key) {
			return nil, fmt.Errorf("%s.%s: a name is lower-case letters, digits and underscores, and begins with a letter", section, key)
		}
		if seen[key] {
			return nil, fmt.Errorf("%s.%s is declared twice", section, key)
		}
		seen[key] = true
		raw, err := yaml.Marshal(item.Value)
		if err != nil {
			return nil, fmt.Errorf("read %s.%s: %w", section, key, err)
		}
		var value T
		if err := yaml.NewDecoder(bytes.NewReader(raw), yaml.Strict()).Decode(&value); err != nil {
			return nil, fmt.Errorf("read %s.%s: %w", section, key, err)
		}
		name(&value, key)
		out = append(out, value)
	}
	return out, nil
}

// isName tells whether s may name a column, a parameter or a report's piece in SQL.
func isName(s string) bool {
	for i, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r == '_' && i > 0, r >= '0' && r <= '9' && i > 0:
		default:
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// isReportName is isName with dashes, as report names have.
func isReportName(s string) bool {
	return isName(strings.ReplaceAll(s, "-", "_"))
}

// withoutComments leaves out what is for the reader of the file only. An engine may
// refuse letters outside of ASCII there, and people write comments in their language.
func withoutComments(query string) string {
	var b strings.Builder
	for i := 0; i < len(query); {
		rest := query[i:]
		switch {
		case strings.HasPrefix(rest, "--"):
			i += until(rest, "\n")
		case strings.HasPrefix(rest, "/*"):
			b.WriteByte(' ')
			i += min(2+until(rest[2:], "*/")+2, len(rest))
		case rest[0] == '\'' || rest[0] == '"' || rest[0] == '`':
			n := quoted(rest)
			b.WriteString(rest[:n])
			i += n
		default:
			b.WriteByte(rest[0])
			i++
		}
	}
	return b.String()
}

// until is the length of s before mark, of all of s where there is none.
func until(s, mark string) int {
	if i := strings.Index(s, mark); i >= 0 {
		return i
	}
	return len(s)
}

// quoted is the length of the quoted text that s begins with.
func quoted(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case s[0]:
			return i + 1
		}
	}
	return len(s)
}
