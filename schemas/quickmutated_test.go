package schemas

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// oddValues stand where a field's own value stood: the ends of what schemas allow and what lies behind them, values that look like others
// of another kind, and what JSON can say in more than one way.
func oddValues() []string {
	odd := []string{
		`null`, `true`, `false`, `{}`, `[]`, `""`, `"a"`, `" "`, `"a "`, `" a"`, `"a b"`, `"\u007f"`, `"\u0000"`, `"a\u0001b"`, `"a\\b"`, `"\""`, `"é"`, `"\u00e9"`, `"😀"`,
		`"\ud83d\ude00"`, `"\ud83d"`, `"<&>"`, `"\u2028"`, "\"\u2028\"", `"true"`, `"1"`, `"EUR"`, `"eur"`, `"EURO"`, `"ÄUR"`, `"in_person"`, `"participant"`, `"volunteer"`,
		`0`, `-0`, `1`, `-1`, `0.5`, `-0.5`, `5`, `6`, `10`, `11`, `24`, `24.0`, `24.000000000000001`, `24.1`, `1000`, `1001`, `1900`, `1950`, `2100`, `2101`, `100000`, `100001`,
		`1000000`, `1000001`, `1000000000`, `1000000000.01`, `1e0`, `1E2`, `1e-7`, `0.0000001`, `1.0`, `1.50`, `9007199254740991`, `9007199254740992`, `9007199254740993`, `1e400`,
		`"2024-02-29"`, `"2023-02-29"`, `"2024-2-9"`, `"2024-13-01"`, `"0000-01-01"`, `"9999-12-31"`, `"2024-02-29T"`, `"2024-02-29T18:00:00Z"`, `"2024-02-29T18:00:00z"`,
		`"2024-02-29t18:00:00Z"`, `"2024-02-29T24:00:00Z"`, `"2024-12-31T23:59:60Z"`, `"2024-02-29T18:00:60Z"`, `"2024-02-29T18:00:00"`, `"2024-02-29 18:00:00Z"`,
		`"2024-02-29T18:00:00.Z"`, `"2024-02-29T18:00:00,5Z"`, `"2024-02-29T18:00:00.123456789012Z"`, `"2024-02-29T18:00:00+24:00"`, `"2024-02-29T18:00:00+23:60"`,
		`"2024-02-29T18:00:00-00:00"`, `"2024-02-29T18:00:00+0300"`, `["a"]`, `["a","a"]`, `["b","a"]`, `["a","\u0061"]`, `["a",1]`, `[["a"]]`, `["é","e"]`, `[null]`,
	}
	for _, length := range []int{63, 64, 65, 127, 128, 129, 255, 256, 257, 499, 500, 501} {
		for _, letter := range []string{"a", "é", "😀"} {
			odd = append(odd, `"`+strings.Repeat(letter, length)+`"`)
		}
	}
	for _, items := range []int{100, 101} {
		labels := make([]string, items)
		for i := range labels {
			labels[i] = `"l` + strings.Repeat("x", i) + `"`
		}
		odd = append(odd, "["+strings.Join(labels, ",")+"]")
	}
	return odd
}

// mutate makes other data of an example. Each three bytes of edits are one change: of which field, what is done, and with which value.
func mutate(example map[string]json.RawMessage, known []string, odd []string, edits []byte) []byte {
	const remove, rename, borrow, twice = 0, 1, 2, 3 // everything else puts an odd value there
	data, again := maps.Clone(example), ""
	for edit := range slices.Chunk(edits, 3) {
		if len(edit) < 3 || len(known) == 0 {
			break
		}
		field, value := known[int(edit[0])%len(known)], json.RawMessage(odd[int(edit[2])%len(odd)])
		switch edit[1] % 12 {
		case remove:
			delete(data, field)
		case rename:
			data[field+"_"] = value
		case borrow:
			if other, ok := data[known[int(edit[2])%len(known)]]; ok {
				data[field] = other
			}
		case twice:
			again = field
		default:
			data[field] = value
		}
	}
	return written(data, again)
}

// written is the object in the order of its names, one of them perhaps twice.
func written(data map[string]json.RawMessage, again string) []byte {
	var out bytes.Buffer
	names := slices.Sorted(maps.Keys(data))
	if _, there := data[again]; there {
		names = append(names, again)
	}
	for i, name := range names {
		out.WriteByte("{,"[min(i, 1)])
		out.WriteString(`"` + name + `":`)
		out.Write(data[name])
	}
	if len(names) == 0 {
		out.WriteByte('{')
	}
	out.WriteByte('}')
	return out.Bytes()
}

// mutants are all types with an example of each as its fields, and the fields that any example knows.
type mutants struct {
	types    []*Type
	examples [][]map[string]json.RawMessage
	known    [][]string
	odd      []string
}

func newMutants(tb testing.TB) *mutants {
	tb.Helper()
	registry, err := Builtin()
	if err != nil {
		tb.Fatal(err)
	}
	m := &mutants{types: registry.Types(), odd: oddValues()}
	for _, typ := range m.types {
		var examples []map[string]json.RawMessage
		var known []string
		for _, raw := range typ.Examples {
			var fields map[string]json.RawMessage
			if err := json.Unmarshal(raw, &fields); err != nil {
				tb.Fatal(err)
			}
			examples = append(examples, fields)
		}
		for _, field := range typ.Fields {
			known = append(known, field.Name)
		}
		m.examples, m.known = append(m.examples, examples), append(m.known, known)
	}
	return m
}

// agree: what the quick check takes, the library takes; and the answer of both together is the library's, also of how often it is at fault.
func (m *mutants) agree(t *testing.T, which, example uint8, voided bool, edits []byte) (taken bool) {
	t.Helper()
	n := int(which) % len(m.types)
	typ := m.types[n]
	raw := mutate(m.examples[n][int(example)%len(m.examples[n])], m.known[n], m.odd, edits)
	for _, data := range [][]byte{raw, canonicalOrNil(raw)} {
		if data == nil {
			continue
		}
		violations := typ.checkSlow(&Event{Type: typ.Name, Voided: voided, Data: data})
		quick := typ.quick.accepts(data, voided)
		if quick && len(violations) > 0 {
			t.Errorf("%s, voided %t: the quick check takes %q, the library says %v", typ.Name, voided, data, violations[0])
		}
		taken = taken || quick
	}
	return taken
}

// FuzzQuickMutated holds the quick check against the library over examples of all types whose fields are removed, renamed, repeated,
// swapped and set to values at the ends of what schemas allow.
func FuzzQuickMutated(f *testing.F) {
	m := newMutants(f)
	for i := range m.types {
		f.Add(uint8(i), uint8(0), i%2 == 0, []byte{})
		f.Add(uint8(i), uint8(1), i%2 == 1, []byte{0, 4, uint8(i), 1, 0, 0, 2, 5, uint8(2 * i)})
	}
	f.Fuzz(func(t *testing.T, which, example uint8, voided bool, edits []byte) {
		m.agree(t, which, example, voided, edits)
	})
}

// TestQuickAgreesOnEveryOddValue puts every odd value into every field of every type once.
func TestQuickAgreesOnEveryOddValue(t *testing.T) {
	t.Parallel()
	m, taken, refused := newMutants(t), 0, 0
	for which := range m.types {
		for field := range m.known[which] {
			for value := range m.odd {
				for _, voided := range []bool{false, true} {
					if m.agree(t, uint8(which), 0, voided, []byte{uint8(field), 4, uint8(value)}) {
						taken++
					} else {
						refused++
					}
				}
			}
		}
	}
	if taken < 1000 || refused < 1000 {
		t.Errorf("the quick check takes %d, and leaves %d to the library: too few of one to say anything", taken, refused)
	}
}
