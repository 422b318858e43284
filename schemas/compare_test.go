package schemas_test

import (
	"strings"
	"testing"

	"github.com/turnout/turnout/schemas"
)

func TestCompareWithItself(t *testing.T) {
	if found := schemas.Compare(builtin(t), builtin(t)); len(found) != 0 {
		t.Errorf("the contract is incompatible with itself: %v", found)
	}
}

func TestCompareRemovedType(t *testing.T) {
	text := string(readFile(t, "events/member.left.v1.json"))
	before, err := schemas.Load(schemaFS(t, "club.left.v1", text))
	if err != nil {
		t.Fatal(err)
	}
	found := schemas.Compare(before, builtin(t))
	if len(found) != 1 || found[0].Type != "club.left.v1" || !strings.Contains(found[0].String(), "removed") {
		t.Errorf("got %v", found)
	}
	if found := schemas.Compare(builtin(t), before); len(found) != 0 {
		t.Errorf("a new type is no incompatibility: %v", found)
	}
}

func TestCompareChanges(t *testing.T) {
	left := string(readFile(t, "events/member.left.v1.json"))
	attended := string(readFile(t, "events/attendance.recorded.v1.json"))
	updated := string(readFile(t, "events/member.updated.v1.json"))
	for name, tc := range map[string]struct{ text, old, fresh, pointer string }{
		"title":                     {left, `"title": "Member left"`, `"title": "Somebody left"`, ""},
		"description":               {left, `"description": "Why."`, `"description": "The reason."`, ""},
		"optional field":            {left, `"reason": {`, `"note_id": {"type": "string", "description": "x"}, "reason": {`, ""},
		"enum value":                {left, `"deceased", "removed"]`, `"deceased", "removed", "moved"]`, ""},
		"enum order":                {left, `"deceased", "removed"]`, `"removed", "deceased"]`, ""},
		"one more alternative":      {updated, `"anyOf": [`, `"anyOf": [{"required": ["person_id"]},`, ""},
		"promoted field":            {left, `"time": "at",`, `"time": "at", "promote": ["person_id"],`, ""},
		"reference written out":     {left, `{"$ref": "#/$defs/instant", "description": "When the person left."}`, `{"type": "string", "format": "date-time", "description": "x"}`, ""},
		"enum value removed":        {left, `"deceased", "removed"]`, `"deceased"]`, "/properties/reason/enum"},
		"enum dropped":              {attended, `"enum": ["qr", "desk", "sheet", "self", "import"], `, ``, "/properties/method/enum"},
		"enum introduced":           {attended, `"type": "boolean",`, `"type": "boolean", "enum": [true],`, "/properties/present/enum"},
		"required field added":      {attended, `"role", "method"]`, `"role", "method", "minutes"]`, "/required"},
		"new field required":        {left, `"required": ["person_id", "at", "reason"]`, `"required": ["person_id", "at", "reason", "note"]`, "/required"},
		"required field relaxed":    {attended, `"role", "method"]`, `"role"]`, "/required"},
		"type changed":              {attended, `"type": "boolean"`, `"type": "string"`, "/properties/present/type"},
		"maximum lowered":           {attended, `"maximum": 100000`, `"maximum": 1000`, "/properties/minutes/maximum"},
		"maximum raised":            {attended, `"maximum": 100000`, `"maximum": 1000000`, "/properties/minutes/maximum"},
		"length behind a reference": {left, `"maxLength": 256`, `"maxLength": 20`, "/properties/person_id/maxLength"},
		"alternatives dropped":      {updated, `{"required": ["kind"]},`, ``, "/anyOf"},
		"dependency added":          {attended, `"unevaluatedProperties"`, `"dependentRequired": {"minutes": ["at"]}, "unevaluatedProperties"`, "/dependentRequired"},
		"key":                       {left, `"key": ["person_id", "at"]`, `"key": ["at", "person_id"]`, "/x-turnout/key"},
		"person":                    {left, `"person": "person_id",`, ``, "/x-turnout/person"},
		"gathering":                 {attended, `"gathering": "gathering_id",`, ``, "/x-turnout/gathering"},
		"time":                      {left, `"time": "at",`, ``, "/x-turnout/time"},
		"mode":                      {left, `"time": "at",`, `"time": "at", "mode": "volunteer",`, "/x-turnout/mode"},
		"mode of one value":         {attended, `"host": "volunteer"`, `"host": "experiential"`, "/x-turnout/mode"},
		"order":                     {attended, `"time": "at",`, `"time": "at", "order": [["at", "at"]],`, "/x-turnout/order"},
		"no longer personal":        {left, `"personal": ["person_id"]`, `"personal": []`, "/x-turnout/personal"},
		"no longer promoted":        {attended, `["present", "role", "group_id"]`, `["present", "role"]`, "/x-turnout/promote"},
		"other reference":           {attended, `"group_id": "group"}`, `"group_id": "team"}`, "/x-turnout/refs"},
	} {
		t.Run(name, func(t *testing.T) {
			fresh := swap(t, tc.text, tc.old, tc.fresh)
			if name == "new field required" {
				fresh = swap(t, fresh, `"reason": {`, `"note": {"type": "string", "description": "x"}, "reason": {`)
			}
			found := schemas.Compare(load(t, tc.text), load(t, fresh))
			switch {
			case tc.pointer == "" && len(found) != 0:
				t.Errorf("a compatible change is refused: %v", found)
			case tc.pointer != "" && (len(found) != 1 || found[0].Pointer != tc.pointer || found[0].Type != "club.changed.v1"):
				t.Errorf("got %v, want one at %s", found, tc.pointer)
			}
		})
	}
}

func TestCompareRemovedField(t *testing.T) {
	text := string(readFile(t, "events/member.left.v1.json"))
	fresh := swap(t, text, `"reason": {`, `"why": {`)
	fresh = swap(t, fresh, `"required": ["person_id", "at", "reason"]`, `"required": ["person_id", "at"]`)
	found := schemas.Compare(load(t, text), load(t, fresh))
	if len(found) != 1 || found[0].Pointer != "/properties/reason" {
		t.Errorf("got %v", found)
	}
}

func load(t *testing.T, text string) *schemas.Registry {
	t.Helper()
	registry, err := schemas.LoadFiles(map[string][]byte{"club.changed.v1.json": []byte(text), "README.md": nil})
	if err != nil {
		t.Fatal(err)
	}
	return registry
}
