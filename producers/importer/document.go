package importer

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxDocument bounds a mapping or manifest file: they are written by people.
const maxDocument = 256 << 10

// document reads one strict YAML file: plain mappings, lists and scalars, no
// anchors, no tags, no second document. It collects every problem it meets.
type document struct {
	file     string
	code     string // of problems with the content
	problems Problems
}

func (d *document) fail(n *yaml.Node, reason, hint string) {
	d.problems = append(d.problems, Problem{
		File: d.file, Line: n.Line, Col: n.Column, Code: d.code, Reason: reason, Hint: hint,
	})
}

// result is the collected problems in file order, or nil.
func (d *document) result() error {
	if len(d.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(d.problems, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Col - b.Col
	})
	return d.problems
}

// parse returns the root node, nil when there is none to speak of.
func (d *document) parse(raw []byte) *yaml.Node {
	top := &yaml.Node{Line: 1, Column: 1}
	if len(raw) > maxDocument {
		d.fail(top, fmt.Sprintf("the file is longer than %d KiB", maxDocument>>10), "is this the right file?")
		return nil
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(raw)))
	var root yaml.Node
	if err := decoder.Decode(&root); err != nil {
		d.syntax(err)
		return nil
	}
	var second yaml.Node
	if err := decoder.Decode(&second); err == nil {
		d.fail(&second, "a second document begins here", "put one mapping in each file")
	} else if second.Kind != 0 || err.Error() != "EOF" {
		d.syntax(err)
	}
	if len(root.Content) != 1 || !d.plain(root.Content[0], 0) {
		return nil
	}
	return root.Content[0]
}

// syntax reports an error of the YAML parser, whose text carries the line.
func (d *document) syntax(err error) {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	at := 1
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		if number, message, ok := strings.Cut(rest, ": "); ok {
			if n, err := strconv.Atoi(number); err == nil {
				at, text = n, message
			}
		}
	}
	if text == "EOF" {
		text = "the file is empty"
	}
	d.problems = append(d.problems, Problem{
		File: d.file, Line: at, Col: 1, Code: CodeYAML, Reason: "not valid YAML: " + text,
		Hint: `check indentation, and quote text that holds ": " or begins with a special character`,
	})
}

// plain refuses what makes YAML surprising: aliases, anchors, tags of its own
// and deep nesting.
func (d *document) plain(n *yaml.Node, depth int) bool {
	switch {
	case depth > 8:
		d.fail(n, "this is nested too deeply", "")
		return false
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		d.fail(n, "anchors and aliases are not allowed", "write the value out")
		return false
	case n.Style&yaml.TaggedStyle != 0:
		d.fail(n, fmt.Sprintf("the tag %s is not allowed", n.Tag), "remove it")
		return false
	}
	ok := true
	for _, child := range n.Content {
		ok = d.plain(child, depth+1) && ok
	}
	return ok
}

// entry is one key of an object with its value.
type entry struct {
	key   string
	name  *yaml.Node
	value *yaml.Node
}

// entries reads an object in file order and refuses duplicate keys; what says
// what the object is, for the message.
func (d *document) entries(n *yaml.Node, what, hint string) []entry {
	if n.Kind != yaml.MappingNode {
		d.fail(n, what+" must be a list of `key: value` lines", hint)
		return nil
	}
	seen := make(map[string]int)
	var list []entry
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		if name.Kind != yaml.ScalarNode {
			d.fail(name, "a key must be plain text", "")
			continue
		}
		if line, ok := seen[name.Value]; ok {
			d.fail(name, fmt.Sprintf("%q is given twice, first on line %d", name.Value, line), "keep one")
			continue
		}
		seen[name.Value] = name.Line
		list = append(list, entry{name.Value, name, value})
	}
	return list
}

// object reads an object that may hold only the known keys.
func (d *document) object(n *yaml.Node, what, hint string, known ...string) map[string]entry {
	found := make(map[string]entry)
	for _, e := range d.entries(n, what, hint) {
		if !slices.Contains(known, e.key) {
			d.fail(e.name, fmt.Sprintf("%s has no key %q", what, e.key), suggest(e.key, known))
			continue
		}
		found[e.key] = e
	}
	return found
}

// text reads a scalar that is not empty.
func (d *document) text(n *yaml.Node, what string) (string, bool) {
	if n.Kind != yaml.ScalarNode {
		d.fail(n, what+" must be one value, not a list or an object", "")
		return "", false
	}
	if strings.TrimSpace(n.Value) == "" || n.Tag == "!!null" {
		d.fail(n, what+" is empty", "give it a value or remove the line")
		return "", false
	}
	return n.Value, true
}

// texts reads a scalar or a list of scalars.
func (d *document) texts(n *yaml.Node, what string) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		if _, ok := d.text(n, what); !ok {
			return nil
		}
		return []*yaml.Node{n}
	}
	if len(n.Content) == 0 {
		d.fail(n, what+" is an empty list", "give it a value or remove the line")
	}
	var list []*yaml.Node
	for _, item := range n.Content {
		if _, ok := d.text(item, what); ok {
			list = append(list, item)
		}
	}
	return list
}

// suggest names the known word that was probably meant, else all of them.
func suggest(word string, known []string) string {
	best, distance := "", 3
	for _, k := range known {
		if n := editDistance(strings.ToLower(word), k); n < distance {
			best, distance = k, n
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	return "possible: " + strings.Join(known, ", ")
}

func editDistance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		previous := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next := min(row[j+1]+1, row[j]+1, previous+cost)
			previous, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}
