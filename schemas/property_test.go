package schemas_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/turnout/turnout/schemas"
)

// TestTheWayDoesNotMatter: the same statement gives the same record whatever its key order, white space, escapes and transport mode.
func TestTheWayDoesNotMatter(t *testing.T) {
	registry := builtin(t)
	types := registry.Types()
	rapid.Check(t, func(t *rapid.T) {
		typ := rapid.SampledFrom(types).Draw(t, "type")
		event, err := typ.ExampleEvent(rapid.IntRange(0, len(typ.Examples)-1).Draw(t, "example"))
		if err != nil {
			t.Fatal(err)
		}
		event.ID = rapid.StringMatching(`[a-zé€😀"\\ ]{1,12}`).Draw(t, "id")
		event.Revision = rapid.Uint32Range(0, schemas.MaxRevision).Draw(t, "revision")
		event.Voided = rapid.Bool().Draw(t, "voided")
		event.Reason = rapid.StringMatching(`([a-z"ü]{1,9})?`).Draw(t, "reason")
		want := recordOf(t, registry, event)
		var members map[string]any
		if err := json.Unmarshal(event.AppendJSON(nil), &members); err != nil {
			t.Fatal(err)
		}
		structured, err := schemas.DecodeStructured([]byte(scramble(t, members)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, recordOf(t, registry, structured)); diff != "" {
			t.Fatalf("structured (-want +got):\n%s", diff)
		}
		attr := map[string]string{}
		for name, value := range members {
			if text, ok := value.(string); ok {
				attr[name] = text
			}
		}
		attr["revision"], attr["voided"] = strconv.Itoa(int(event.Revision)), strconv.FormatBool(event.Voided)
		binary, err := schemas.DecodeBinary(attr, []byte(scramble(t, members["data"])))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, recordOf(t, registry, binary)); diff != "" {
			t.Fatalf("binary (-want +got):\n%s", diff)
		}
	})
}

func recordOf(t *rapid.T, registry *schemas.Registry, event *schemas.Event) schemas.Record {
	if err := registry.Check(event); err != nil {
		t.Fatalf("check %s: %v", event.AppendJSON(nil), err)
	}
	record, err := registry.Derive(event)
	if err != nil {
		t.Fatal(err)
	}
	return record
}

// scramble writes a value with its members in a drawn order, drawn white space, and strings with drawn escapes.
func scramble(t *rapid.T, value any) string {
	space := rapid.SampledFrom([]string{"", " ", "\n", "\t\r\n"}).Draw(t, "space")
	switch v := value.(type) {
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		parts := []string{}
		for _, name := range rapid.Permutation(sorted(names)).Draw(t, "order") {
			parts = append(parts, scramble(t, name)+":"+scramble(t, v[name]))
		}
		return space + "{" + strings.Join(parts, ",") + "}" + space
	case []any:
		parts := []string{}
		for _, entry := range v {
			parts = append(parts, scramble(t, entry))
		}
		return "[" + strings.Join(parts, ","+space) + "]"
	case string:
		if rapid.Bool().Draw(t, "escape") {
			return space + escapeAll(v) + space
		}
	case float64:
		if v == float64(int(v)) && rapid.Bool().Draw(t, "fraction") {
			return fmt.Sprintf("%d.0e0", int(v))
		}
	}
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return space + string(text) + space
}

func sorted(names []string) []string {
	for i := range names {
		for j := i; j > 0 && names[j-1] > names[j]; j-- {
			names[j-1], names[j] = names[j], names[j-1]
		}
	}
	return names
}

// escapeAll writes every character of the basic plane as \u escape.
func escapeAll(text string) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, r := range text {
		if r > 0xffff {
			out.WriteRune(r)
			continue
		}
		fmt.Fprintf(&out, `\u%04X`, r)
	}
	out.WriteByte('"')
	return out.String()
}

// TestDamageNeverPanics: any one byte of a valid event changed, dropped or doubled gives an event or a violation.
func TestDamageNeverPanics(t *testing.T) {
	registry := builtin(t)
	rapid.Check(t, func(t *rapid.T) {
		raw := []byte(everything)
		at := rapid.IntRange(0, len(raw)-1).Draw(t, "at")
		switch rapid.IntRange(0, 2).Draw(t, "damage") {
		case 0:
			raw[at] = rapid.Byte().Draw(t, "byte")
		case 1:
			raw = append(raw[:at], raw[at+1:]...)
		default:
			raw = append(raw[:at+1], raw[at:]...)
		}
		event, err := take(registry, string(raw))
		if err == nil {
			if _, err := registry.Derive(event); err != nil {
				t.Fatalf("checked, but not to be derived: %v", err)
			}
		}
	})
}
