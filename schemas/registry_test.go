package schemas_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/turnout/turnout/schemas"
)

func TestBuiltinTypes(t *testing.T) {
	registry := builtin(t)
	types := registry.Types()
	if len(types) != 26 {
		t.Fatalf("got %d types, want the 26 of the catalogue", len(types))
	}
	for i, typ := range types {
		if i > 0 && types[i-1].Name >= typ.Name {
			t.Errorf("%s stands after %s", typ.Name, types[i-1].Name)
		}
		for _, field := range typ.Fields {
			if strings.HasSuffix(field.Name, "_id") && field.Ref == "" && field.Name != "ical_uid" {
				t.Errorf("%s.%s does not say what it is the id of", typ.Name, field.Name)
			}
			personal := slices.Contains(typ.Personal, field.Name)
			if personal != (field.Ref == "person") {
				t.Errorf("%s.%s: personal is %v, but it refers to %q", typ.Name, field.Name, personal, field.Ref)
			}
		}
	}
}

func TestEveryExamplePassesAndEveryCounterExampleFails(t *testing.T) {
	for _, typ := range builtin(t).Types() {
		if len(typ.Examples) < 2 || len(typ.CounterExamples) < 3 {
			t.Errorf("%s has %d examples and %d counter-examples; 2 and 3 are the least", typ.Name, len(typ.Examples), len(typ.CounterExamples))
		}
	}
	for _, problem := range builtin(t).Verify() {
		t.Error(problem)
	}
}

func TestVerifyFindsProblems(t *testing.T) {
	text := string(readFile(t, "events/member.left.v1.json"))
	good := schemaFS(t, "club.left.v1", text)
	for name, tc := range map[string]struct{ old, fresh, says string }{
		"bad example":       {`"reason": "lapsed"}`, `"reason": "bored"}`, "example 2 is refused"},
		"good counter":      {`"reason": "moved away"`, `"reason": "lapsed"`, "counter-example 1 is accepted"},
		"wrong pointer":     {`"pointer": "/data/reason"`, `"pointer": "/data/at"`, "fails at /data/reason, not at /data/at"},
		"counter not parse": {`{"person_id": "p-1041", "at": "2024-06-30T12:00:00Z", "reason": "moved away"}`, `[]`, "must be a JSON object"},
	} {
		t.Run(name, func(t *testing.T) {
			registry, err := schemas.LoadFS(schemaFS(t, "club.left.v1", swap(t, text, tc.old, tc.fresh)))
			if err != nil {
				t.Fatal(err)
			}
			problems := registry.Verify()
			if len(problems) != 1 || !strings.Contains(problems[0].Error(), tc.says) {
				t.Errorf("got %v, want one that says %q", problems, tc.says)
			}
		})
	}
	registry, err := schemas.LoadFS(good)
	if err != nil || len(registry.Verify()) != 0 {
		t.Errorf("the unspoiled file: %v, %v", err, registry.Verify())
	}
}

func TestPromotedColumns(t *testing.T) {
	got := map[string]string{}
	for _, field := range builtin(t).PromotedColumns() {
		got[field.Name] = field.ClickHouse
	}
	want := map[string]string{
		"action": "LowCardinality(String)", "group_id": "String", "hours": "Nullable(Decimal(18, 4))", "kind": "LowCardinality(String)",
		"opportunity_id": "String", "present": "Nullable(Bool)", "role": "LowCardinality(String)", "status": "LowCardinality(String)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("promoted columns (-want +got):\n%s", diff)
	}
}

func TestFields(t *testing.T) {
	typ, ok := builtin(t).Type(schemas.TypeOpportunityPublished)
	if !ok {
		t.Fatal("no type opportunity.published.v1")
	}
	want := map[string]string{
		"opportunity_id": "String", "kind": "LowCardinality(String)", "employer_id": "String", "ambassador_id": "String", "positions": "Nullable(Int64)",
		"state": "LowCardinality(String)", "opens": "Nullable(Date32)", "closes": "Nullable(Date32)", "paid": "Nullable(Bool)", "faculties": "Array(String)",
	}
	got := map[string]string{}
	for _, field := range typ.Fields {
		got[field.Name] = field.ClickHouse
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	if typ.Fields[0].Name != "opportunity_id" || typ.Fields[9].Name != "faculties" {
		t.Errorf("the fields do not stand in the order of the file: %v", typ.Fields)
	}
	if field, ok := typ.Field("paid"); !ok || field.Required || field.JSONType != "boolean" {
		t.Errorf("Field(paid) = %+v, %v", field, ok)
	}
	if _, ok := typ.Field("salary"); ok {
		t.Error("Field found a field that is not there")
	}
}

// TestConstants holds names.go equal to the files.
func TestConstants(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "names.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	ast.Inspect(file, func(node ast.Node) bool {
		if literal, ok := node.(*ast.BasicLit); ok {
			name, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, name)
		}
		return true
	})
	var want []string
	for _, typ := range builtin(t).Types() {
		want = append(want, typ.Name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names.go (-files +constants):\n%s", diff)
	}
}

func TestLoadExtraTypes(t *testing.T) {
	text := string(readFile(t, "events/member.left.v1.json"))
	extra := schemaFS(t, "club.left.v1", text)
	registry, err := schemas.Load(extra)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := registry.Type("club.left.v1"); !ok || len(registry.Types()) != 27 {
		t.Errorf("the extra type is not there among %d", len(registry.Types()))
	}
	same := schemaFS(t, "member.left.v1", strings.ReplaceAll(text, "\n", "\r\n"))
	if _, err := schemas.Load(same); err != nil {
		t.Errorf("the same schema again, with other white space, is refused: %v", err)
	}
	other := schemaFS(t, "member.left.v1", swap(t, text, "When the person left.", "When it was."))
	if _, err := schemas.Load(other); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("a built-in type was replaced: %v", err)
	}
	when := strings.ReplaceAll(strings.ReplaceAll(text, `"at"`, `"when"`), `"time": "when",`, `"time": "when", "promote": ["when"],`)
	word := strings.ReplaceAll(strings.Replace(when, `"time": "when",`, ``, 1), `"#/$defs/instant"`, `"#/$defs/id"`)
	if _, err := schemas.Load(schemaFS(t, "club.left.v1", when), schemaFS(t, "club.joined.v1", word)); err == nil || !strings.Contains(err.Error(), "promotes when as") {
		t.Errorf("one column name with two types is accepted: %v", err)
	}
	if _, err := schemas.Load(schemaFS(t, "club.left.v1", when), schemaFS(t, "club.left.v2", word)); err == nil || !strings.Contains(err.Error(), "share their view") {
		t.Errorf("two versions with two column types for one field are accepted: %v", err)
	}
	keyed := swap(t, when, `"key": ["person_id", "when"]`, `"key": ["person_id"]`)
	if _, err := schemas.Load(schemaFS(t, "club.left.v1", when), schemaFS(t, "club.left.v2", keyed)); err == nil || !strings.Contains(err.Error(), "share their facts") {
		t.Errorf("two versions with two keys are accepted: %v", err)
	}
}

func schemaFS(t *testing.T, name, text string) fstest.MapFS {
	t.Helper()
	return fstest.MapFS{name + ".json": {Data: []byte(text)}}
}

func TestLoadDir(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "club.left.v2.json"), readFile(t, "events/member.left.v1.json"), 0o600); err != nil {
		t.Fatal(err)
	}
	registry, err := schemas.LoadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if typ, ok := registry.Type("club.left.v2"); !ok || typ.Version != 2 || typ.Base != "club.left" {
		t.Errorf("got %+v", typ)
	}
	if _, err := schemas.LoadDir(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("a directory that is not there is accepted")
	}
	if _, err := schemas.LoadDir(filepath.Join(dir, "club.left.v2.json")); err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("a file in place of a directory: %v", err)
	}
}

func TestFind(t *testing.T) {
	registry := builtin(t)
	for name, want := range map[string]string{"member.left.v1": "member.left.v1", "member.left": "member.left.v1"} {
		if typ, err := registry.Find(name); err != nil || typ.Name != want {
			t.Errorf("Find(%s) = %v, %v", name, typ, err)
		}
	}
	if _, err := registry.Find("member.lefft"); err == nil || !strings.Contains(err.Error(), "did you mean member.left.v1") {
		t.Errorf("a slip of the pen gives %v", err)
	}
}

func TestBadSchemaFiles(t *testing.T) {
	text := string(readFile(t, "events/member.left.v1.json"))
	for name, tc := range map[string]struct{ file, old, fresh, says string }{
		"not JSON":              {"", `"title"`, `title`, "invalid"},
		"member twice":          {"", `"title": "Member left",`, `"title": "Member left", "title": "x",`, "duplicate"},
		"no dialect":            {"", `https://json-schema.org/draft/2020-12/schema`, `http://json-schema.org/draft-07/schema#`, "2020-12"},
		"no title":              {"", `"title": "Member left"`, `"title": ""`, "title"},
		"no object":             {"", `"type": "object"`, `"type": "array"`, "object"},
		"open":                  {"", `"unevaluatedProperties": false`, `"unevaluatedProperties": true`, "closed"},
		"no annotation":         {"", `"x-turnout"`, `"x-turnoff"`, "x-turnout"},
		"unknown annotation":    {"", `"time": "at",`, `"tme": "at",`, "tme"},
		"no key":                {"", `"key": ["person_id", "at"]`, `"key": []`, "key"},
		"key is no field":       {"", `"key": ["person_id", "at"]`, `"key": ["member_id"]`, "member_id"},
		"key is optional":       {"", `"required": ["person_id", "at", "reason"]`, `"required": ["person_id", "reason"]`, "key field at"},
		"time is no time":       {"", `"time": "at",`, `"time": "reason",`, "reason"},
		"mode is none":          {"", `"time": "at",`, `"mode": "sportive",`, "sportive"},
		"mode with slip":        {"", `"time": "at",`, `"mode": {"fild": "reason"},`, "fild"},
		"person is no field":    {"", `"person": "person_id"`, `"person": "member"`, "member"},
		"order of no field":     {"", `"time": "at",`, `"order": [["at", "till"]],`, "till"},
		"field without type":    {"", `{"$ref": "#/$defs/instant", "description": "When the person left."}`, `{"description": "When."}`, "type"},
		"field without text":    {"", `"enum": ["resigned", "lapsed", "deceased", "removed"], "description": "Why."`, `"enum": ["resigned"]`, "description"},
		"field of an object":    {"", `"type": "string", "enum"`, `"type": "object", "enum"`, "string, integer"},
		"field name in capital": {"", `"reason": {`, `"Reason": {`, "lower case"},
		"dangling reference":    {"", `"$ref": "#/$defs/id"`, `"$ref": "#/$defs/ids"`, "ids"},
		"bad pattern":           {"", `"pattern": "^`, `"pattern": "(^`, "pattern"},
		"name of a column":      {"", `"reason": {`, `"revision": {"type": "integer", "description": "x"}, "reason": {`, "revision"},
		"promoted table column": {"", `"time": "at",`, `"time": "at", "promote": ["reason"],`, "reason"},
		"file name":             {"MemberLeft", "", "", "<entity>.<verb>.v<number>"},
		"file name version":     {"member.left", "", "", "<entity>.<verb>.v<number>"},
	} {
		t.Run(name, func(t *testing.T) {
			file, spoiled := "club.left.v1", text
			if tc.file != "" {
				file = tc.file
			} else {
				spoiled = swap(t, text, tc.old, tc.fresh)
			}
			_, err := schemas.Load(schemaFS(t, file, spoiled))
			if err == nil || !strings.Contains(err.Error(), tc.says) || !strings.Contains(err.Error(), file) {
				t.Errorf("got %v, want an error about %s that says %q", err, file, tc.says)
			}
		})
	}
}
