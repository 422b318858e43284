package importer

import (
	"strings"
	"testing"
)

const attend = `type: attendance.recorded.v1
source: urn:x
zone: UTC
time: {column: T, date: YYYY-MM-DD HH:mm}
data:
  gathering_id: {const: g}
  person_id: {column: P}
  present: {const: yes}
  role: {const: participant}
  method: {const: sheet}
`

// edit replaces a piece of the good mapping, which must be there.
func edit(t *testing.T, from, to string) string {
	t.Helper()
	if !strings.Contains(attend, from) {
		t.Fatalf("the mapping has no %q", from)
	}
	return strings.Replace(attend, from, to, 1)
}

// TestMalformedMappings: every mistake is told with line, column and advice.
func TestMalformedMappings(t *testing.T) {
	type place struct{ line, col int }
	cases := []struct {
		name, from, to string
		at             place
		words          string
	}{
		{"unknown key", "zone: UTC", "zoen: UTC", place{3, 1}, `did you mean "zone"`},
		{"unknown key, nothing near", "zone: UTC", "zone: UTC\nfrequency: 3", place{4, 1}, "possible: type, source"},
		{"key twice", "zone: UTC", "zone: UTC\nzone: Europe/Paris", place{4, 1}, `"zone" is given twice, first on line 3`},
		{"no type", "type: attendance.recorded.v1\n", "", place{1, 1}, `no "type"`},
		{"no source", "source: urn:x\n", "", place{1, 1}, `no "source"`},
		{"type unknown", "attendance.recorded.v1", "attendance.recoded.v1", place{1, 7}, "no event type"},
		{"type without version", "attendance.recorded.v1", "attendance.recorded", place{1, 7}, "write attendance.recorded.v1"},
		{"type is a list", "attendance.recorded.v1", "[a, b]", place{1, 7}, "must be one value"},
		{"type is empty", " attendance.recorded.v1", "", place{1, 6}, "type is empty"},
		{"source with a space", "urn:x", "the door", place{2, 9}, "not a URI reference"},
		{"source broken", "urn:x", "'http://[::1'", place{2, 9}, "not a URI reference"},
		{"source too long", "urn:x", "urn:" + strings.Repeat("x", 2000), place{2, 9}, "not a URI reference"},
		{"zone unknown", "UTC", "Mars/Olympus", place{3, 7}, `"Mars/Olympus" is no time zone`},
		{"zone is the machine's", "UTC", "Local", place{3, 7}, `"Local" is no time zone`},
		{"zone leads out", "UTC", "../../etc/passwd", place{3, 7}, "is no time zone"},
		{"zone is empty", "UTC", `""`, place{3, 7}, "zone is empty"},
		{"encoding unknown", "zone: UTC", "zone: UTC\nencoding: koi8-r", place{4, 11}, "possible: utf-8"},
		{"delimiter unknown", "zone: UTC", "zone: UTC\ndelimiter: '|'", place{4, 12}, "comma, semicolon or tab"},
		{"delimiter is a list", "zone: UTC", "zone: UTC\ndelimiter: [comma]", place{4, 12}, "comma, semicolon or tab"},
		{"decimal unknown", "zone: UTC", "zone: UTC\ndecimal: '·'", place{4, 10}, "a point or a comma"},
		{"data is text", "data:\n", "data: none\nx:\n", place{6, 1}, `no key "x"`},
		{"data is a list", "data:\n  gathering_id: {const: g}", "data:\n  - x\nx:\n  gathering_id: {const: g}", place{6, 3}, "`key: value`"},
		{"unknown field", "role: ", "rolle: ", place{9, 3}, `did you mean "role"`},
		{"required field missing", "  method: {const: sheet}\n", "", place{5, 1}, `requires the field "method"`},
		{"field is text", "{column: P}", "P", place{7, 14}, "`{column: \"Header\"}`"},
		{"field is empty", "person_id: {column: P}", "person_id:", place{7, 13}, "`{column: \"Header\"}`"},
		{"unknown key of a field", "{column: P}", "{colum: P}", place{7, 15}, `did you mean "column"`},
		{"neither column nor constant", "{column: P}", "{empty: error}", place{7, 14}, "neither a column nor a constant"},
		{"column and constant", "{column: P}", "{column: P, const: x}", place{7, 14}, "both a column and a constant"},
		{"column is empty", "{column: P}", `{column: ""}`, place{7, 23}, "column is empty"},
		{"column is a list", "{column: P}", "{column: [P, Q]}", place{7, 23}, "must be one value"},
		{"alias repeats the column", "{column: P}", `{column: P, aliases: [" p "]}`, place{7, 36}, "twice"},
		{"aliases is empty", "{column: P}", "{column: P, aliases: []}", place{7, 35}, "empty list"},
		{"alias is an object", "{column: P}", "{column: P, aliases: [{a: b}]}", place{7, 36}, "must be one value"},
		{"constant with aliases", "{const: g}", "{const: g, aliases: [x]}", place{6, 28}, "needs no aliases"},
		{"constant with default", "{const: g}", "{const: g, default: x}", place{6, 28}, "needs no default"},
		{"constant is null", "{const: g}", "{const: null}", place{6, 25}, "const is empty"},
		{"constant is no boolean", "{const: yes}", "{const: perhaps}", place{8, 20}, "neither yes nor no"},
		{"constant is not in the enum", "{const: participant}", "{const: boss}", place{9, 17}, "none of participant"},
		{"constant is an object", "{const: g}", "{const: {a: b}}", place{6, 25}, "must be one value"},
		{"date on a text", "{column: P}", "{column: P, date: YYYY-MM-DD}", place{7, 26}, "is no date"},
		{"zone on a text", "{column: P}", "{column: P, zone: UTC}", place{7, 26}, "is no date"},
		{"layout without a day", "YYYY-MM-DD HH:mm", "YYYY-MM HH:mm", place{4, 25}, "it has no day"},
		{"layout without a year", "YYYY-MM-DD HH:mm", "MM-DD HH:mm", place{4, 25}, "it has no year"},
		{"layout in another language", "YYYY-MM-DD HH:mm", "2006-01-02 15:04", place{4, 25}, "it has no year"},
		{"layout with letters", "YYYY-MM-DD HH:mm", "yyyy-MM-dd", place{4, 25}, `"y" is no part`},
		{"layout names the month twice", "YYYY-MM-DD HH:mm", "YYYY-MM-DD HH:MM", place{4, 25}, "names the month twice"},
		{"layout of two clocks", "YYYY-MM-DD HH:mm", "YYYY-MM-DD HH:mm hh A", place{4, 25}, "hour twice"},
		{"twelve hours without half", "YYYY-MM-DD HH:mm", "YYYY-MM-DD hh:mm", place{4, 25}, "AM or PM"},
		{"minutes without hours", "YYYY-MM-DD HH:mm", "YYYY-MM-DD mm", place{4, 25}, "smaller part"},
		{"layout with an open bracket", "YYYY-MM-DD HH:mm", "'YYYY-MM-DD [at HH:mm'", place{4, 25}, "not closed"},
		{"layouts is empty", "YYYY-MM-DD HH:mm", "[]", place{4, 25}, "empty list"},
		{"time without a zone", "zone: UTC\n", "", place{3, 1}, "no zone"},
		{"zone of a field unknown", "HH:mm}", "HH:mm, zone: CEST+1}", place{4, 49}, "no time zone"},
		{"no time at all", "time: {column: T, date: YYYY-MM-DD HH:mm}\n", "", place{1, 1}, "when an event happened"},
		{"constant time is no time", "{column: T, date: YYYY-MM-DD HH:mm}", "{const: noon}", place{4, 15}, "not written like rfc3339"},
		{"constant time out of range", "{column: T, date: YYYY-MM-DD HH:mm}", "{const: 1812-06-24T00:00:00Z}", place{4, 15}, "outside 1900"},
		{"values is a list", "{column: P}", "{column: P, values: [a]}", place{7, 34}, "`word: value`"},
		{"values is empty", "{column: P}", "{column: P, values: {}}", place{7, 34}, "values is empty"},
		{"values names a word twice", "{column: P}", "{column: P, values: {a: b, A: c}}", place{7, 41}, "translates \"A\" twice"},
		{"values leads nowhere", "{const: participant}", "{column: R, values: {chief: boss}}", place{9, 37}, "none of participant"},
		{"empty unknown", "{column: P}", "{column: P, empty: ignore}", place{7, 33}, "no rule \"ignore\""},
		{"empty omits a required field", "{column: P}", "{column: P, empty: omit}", place{7, 33}, "required"},
		{"empty and default", "{column: P}", "{column: P, empty: skip, default: x}", place{7, 26}, "both empty and default"},
		{"null time", "HH:mm}", "HH:mm, empty: null}", place{4, 50}, "cannot be null"},
		{"split on a text", "{column: P}", "{column: P, split: ','}", place{7, 26}, "is no list"},
		{"subject is text", "zone: UTC", "zone: UTC\nsubject: P", place{4, 10}, "`{column: \"Header\"}`"},
		{"revision is no number", "zone: UTC", "zone: UTC\nrevision: {const: new}", place{4, 19}, "no whole number"},
		{"anchor", "{column: P}", "&p {column: P}", place{7, 14}, "anchors"},
		{"alias", "data:", "zone2: &a x\nrecordedtime: *a\ndata:", place{5, 8}, "anchors"},
		{"tag", "UTC", "!!binary UTC", place{3, 7}, "tag"},
		{"list as key", "zone: UTC", "[a, b]: UTC", place{3, 1}, "plain text"},
		{"second document", "  method: {const: sheet}\n", "  method: {const: sheet}\n---\ntype: x\n", place{11, 1}, "second document"},
		{"broken YAML", "zone: UTC", "zone: [UTC", place{0, 0}, "not valid YAML"},
		{"tab indentation", "  role:", "\trole:", place{0, 0}, "not valid YAML"},
		{"too deep", "{column: P}", strings.Repeat("[", 20) + strings.Repeat("]", 20), place{0, 0}, "nested too deeply"},
	}
	registry := builtin(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m, err := ParseMapping("mapping.yaml", []byte(edit(t, c.from, c.to)), registry)
			if m != nil {
				t.Error("there is a mapping beside the error")
			}
			if err == nil {
				t.Fatal("accepted")
			}
			list := problemsOf(t, err)
			words := strings.TrimSuffix(c.words, "\n")
			for _, p := range list {
				if strings.Contains(p.Error(), words) && (c.at == place{} || c.at == place{p.Line, p.Col}) {
					if p.File != "mapping.yaml" || p.Line < 1 || p.Col < 1 {
						t.Errorf("it is nowhere: %+v", p)
					}
					return
				}
			}
			t.Errorf("no problem with %q at %d:%d in\n%v", words, c.at.line, c.at.col, list)
		})
	}
}

func TestMappingTexts(t *testing.T) {
	registry := builtin(t)
	for name, text := range map[string]string{
		"empty":       "",
		"comment":     "# nothing\n",
		"scalar":      "attendance",
		"list":        "- a\n- b\n",
		"too long":    "# " + strings.Repeat("x", maxDocument),
		"not UTF-8":   "type: \xff\xfe",
		"control":     "type: a\x00b",
		"only braces": "{}",
	} {
		if _, err := ParseMapping("m.yaml", []byte(text), registry); err == nil {
			t.Errorf("%s: accepted", name)
		} else if list := problemsOf(t, err); list[0].Line < 1 {
			t.Errorf("%s: %v has no line", name, list[0])
		}
	}
}

// TestAllProblemsOfAMapping: one run tells everything, in file order.
func TestAllProblemsOfAMapping(t *testing.T) {
	text := "type: attendance.recorded.v1\nsource: a b\nzone: X\ndata:\n  present: {const: hm}\n  nme: {const: x}\n"
	_, err := ParseMapping("m.yaml", []byte(text), builtin(t))
	list := problemsOf(t, err)
	if len(list) < 7 {
		t.Errorf("%d problems:\n%v", len(list), list)
	}
	for i := 1; i < len(list); i++ {
		if list[i].Line < list[i-1].Line {
			t.Errorf("not in file order:\n%v", list)
		}
	}
}

// TestEveryTypeCanBeMapped maps each built-in type from columns named like its
// fields, so that a new kind of field is noticed here.
func TestEveryTypeCanBeMapped(t *testing.T) {
	registry := builtin(t)
	for _, typ := range registry.Types() {
		var b strings.Builder
		b.WriteString("type: " + typ.Name + "\nsource: urn:x\nzone: UTC\ntime: {column: happened}\ndata:\n")
		for _, f := range typ.Fields {
			extra := ""
			if f.JSONType == "array" {
				extra = `, split: "|"`
			}
			b.WriteString("  " + f.Name + ": {column: " + f.Name + extra + "}\n")
		}
		if _, err := ParseMapping(typ.Name, []byte(b.String()), registry); err != nil {
			t.Errorf("%v\n%s", err, b.String())
		}
	}
}
