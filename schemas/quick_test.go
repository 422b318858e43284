package schemas

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// TestQuickCoversBuiltinTypes: the quick check must be there for every built-in type, take its examples and leave the rest to the library.
func TestQuickCoversBuiltinTypes(t *testing.T) {
	registry, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range registry.Types() {
		if typ.quick == nil {
			t.Errorf("%s has no quick check", typ.Name)
			continue
		}
		for i := range typ.Examples {
			event, err := typ.ExampleEvent(i)
			if err != nil {
				t.Fatal(err)
			}
			if !typ.quick.accepts(event.Data, false) || !typ.quick.accepts(event.Data, true) {
				t.Errorf("%s: the quick check does not take example %d", typ.Name, i+1)
			}
		}
		for i, counter := range typ.CounterExamples {
			data, err := Canonical(counter.Data)
			if err != nil {
				t.Fatal(err)
			}
			if typ.quick.accepts(data, false) {
				t.Errorf("%s: the quick check takes counter-example %d", typ.Name, i+1)
			}
		}
	}
}

// TestQuickKnowsItsLimits: a keyword that the quick check does not know must switch it off.
func TestQuickKnowsItsLimits(t *testing.T) {
	source, err := os.ReadFile("events/volunteering.logged.v1.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, swap := range map[string][2]string{
		"top level":            {`"unevaluatedProperties"`, `"dependentRequired": {"hours": ["on"]}, "unevaluatedProperties"`},
		"property":             {`"maximum": 24`, `"maximum": 24, "multipleOf": 0.25`},
		"pattern":              {`"pattern": "^[^`, `"pattern": "^x?[^`},
		"format":               {`"format": "date"`, `"format": "time"`},
		"alternatives":         {`"unevaluatedProperties"`, `"anyOf": [{"minProperties": 3}], "unevaluatedProperties"`},
		"enum and more":        {`"admissions", "other"],`, `"admissions", "other"], "minLength": 5,`},
		"alternative, unknown": {`"unevaluatedProperties"`, `"anyOf": [{"required": ["zz"]}], "unevaluatedProperties"`},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(string(source), swap[0], swap[1], 1)
			if text == string(source) {
				t.Fatal("nothing was changed")
			}
			registry, err := LoadFS(fstest.MapFS{"volunteering.logged.v1.json": {Data: []byte(text)}})
			if err != nil {
				t.Fatal(err)
			}
			if registry.types["volunteering.logged.v1"].quick != nil {
				t.Error("the quick check is still there")
			}
		})
	}
}

// FuzzQuick: whatever the quick check accepts, the library accepts.
func FuzzQuick(f *testing.F) {
	registry, err := Builtin()
	if err != nil {
		f.Fatal(err)
	}
	types := registry.Types()
	for i, typ := range types {
		for _, example := range typ.Examples {
			f.Add(uint8(i), false, []byte(example))
		}
		for _, counter := range typ.CounterExamples {
			f.Add(uint8(i), true, []byte(counter.Data))
		}
	}
	for _, member := range []string{`"hours":0.250000000000000001`, `"hours":1e0`, `"hours":-0`, `"students_reached":9007199254740993`, `"person_id":"\u007f"`, `"person_id":"a\\"`} {
		f.Add(uint8(24), true, []byte(`{"log_id":"l",`+member+`}`))
	}
	f.Fuzz(func(t *testing.T, which uint8, voided bool, raw []byte) {
		typ := types[int(which)%len(types)]
		for _, data := range [][]byte{raw, canonicalOrNil(raw)} {
			event := &Event{Type: typ.Name, Voided: voided, Data: data}
			if typ.quick.accepts(data, voided) {
				if violations := typ.checkSlow(event); len(violations) > 0 {
					t.Errorf("%s: the quick check takes %q, the library says %v", typ.Name, data, violations[0])
				}
			}
		}
	})
}

func canonicalOrNil(raw []byte) []byte {
	data, err := Canonical(raw)
	if err != nil {
		return nil
	}
	return data
}

// FuzzFast: whatever the fast way of decoding reads, the strict one reads as the same event.
func FuzzFast(f *testing.F) {
	registry, err := Builtin()
	if err != nil {
		f.Fatal(err)
	}
	for _, typ := range registry.Types() {
		for i := range typ.Examples {
			event, err := typ.ExampleEvent(i)
			if err != nil {
				f.Fatal(err)
			}
			line := event.AppendJSON(nil)
			if !fastStructured(&Event{}, line, string(line), false) && !strings.Contains(string(line), `\`) {
				f.Errorf("the fast way gives up on %s", line)
			}
			f.Add(line)
		}
	}
	for _, data := range []string{`{"b":1.50,"a":[1,"x"]}`, `{"a":-0}`, `{"a":0.0000001}`, `{"a":12345678901234567}`, `{"a":1,"a":1}`, `{"a":"\u00e9"}`, `{ }`, `{"a":-1.5 ,"A":[]}`, `{"a":0.1234567890123456}`, `{"a!":1,"a":2,"a ":3,"a#":4}`} {
		f.Add([]byte(` {"specversion":"1.0","id":"1","source":"/x","type":"t","time":"2022-05-27T18:00:00Z", "data": ` + data + `,"revision":7,"x":null}`))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		untouched := string(raw)
		for _, owned := range []bool{false, true} {
			fastAsStrict(t, raw, owned)
		}
		if string(raw) != untouched {
			t.Errorf("%q was changed to %q", untouched, raw)
		}
	})
}

func fastAsStrict(t *testing.T, raw []byte, owned bool) {
	t.Helper()
	if object, end := fastObject(raw, 0, owned); end >= 0 {
		canonical, err := Canonical(raw[:end])
		if err != nil || !bytes.Equal(canonical, object) || len(object) != cap(object) && owned && len(object) == end {
			t.Errorf("the fast way reads %q as %s, the strict one as %s, %v", raw[:end], object, canonical, err)
		}
	}
	fast := &Event{ID: "of the event before", Voided: true}
	if !fastStructured(fast, raw, string(raw), owned) {
		return
	}
	strict, violation := strictStructured(raw)
	if violation != nil {
		t.Fatalf("the fast way takes %q, the strict one says %v", raw, violation)
	}
	if diff := cmp.Diff(strict, fast); diff != "" {
		t.Errorf("%q (-strict +fast):\n%s", raw, diff)
	}
}
