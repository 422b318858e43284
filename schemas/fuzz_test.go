package schemas_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/turnout/turnout/schemas"
)

// FuzzDecodeStructured: nothing panics, every error is a complete violation, and what is accepted says the same after writing and reading.
func FuzzDecodeStructured(f *testing.F) {
	registry := builtin(f)
	f.Add([]byte(attendance))
	f.Add([]byte(everything))
	for _, typ := range registry.Types() {
		if event, err := typ.ExampleEvent(0); err == nil {
			f.Add(event.AppendJSON(nil))
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		event, err := schemas.DecodeStructured(raw)
		if err != nil {
			_ = violation(t, err)
			return
		}
		sameAgain(t, registry, event)
	})
}

// FuzzDecodeBinary does the same with attributes taken from a text of name=value lines.
func FuzzDecodeBinary(f *testing.F) {
	registry := builtin(f)
	f.Add("specversion=1.0\nid=1\nsource=/x\ntype=member.left.v1\ntime=2022-05-27T18:00:00Z\nrevision=2\nvoided=true", []byte(`{"person_id":"p","at":"2022-05-27T18:00:00Z"}`))
	f.Add("id=%zz\ndata=1\ntraceparent=00", []byte(`[]`))
	f.Fuzz(func(t *testing.T, header string, data []byte) {
		attr := map[string]string{}
		for line := range strings.Lines(header) {
			name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
			decoded, err := schemas.DecodeHeaderValue(value)
			if err != nil {
				_ = violation(t, err)
				decoded = value
			}
			attr[name] = decoded
		}
		event, err := schemas.DecodeBinary(attr, data)
		if err != nil {
			_ = violation(t, err)
			return
		}
		sameAgain(t, registry, event)
	})
}

func sameAgain(t *testing.T, registry *schemas.Registry, event *schemas.Event) {
	t.Helper()
	line := event.AppendJSON(nil)
	if bytes.ContainsRune(line, '\n') || !jsontext.Value(line).IsValid() {
		t.Fatalf("no line of JSON: %q", line)
	}
	again, err := schemas.DecodeStructured(line)
	if err != nil {
		t.Fatalf("%s is refused: %v", line, err)
	}
	if diff := cmp.Diff(event, again); diff != "" {
		t.Fatalf("another event after writing and reading %s:\n%s", line, diff)
	}
	if err := registry.Check(event); err != nil {
		_ = violation(t, err)
		return
	}
	first, err := registry.Derive(event)
	if err != nil {
		t.Fatalf("checked, but not to be derived: %v", err)
	}
	second, err := registry.Derive(again)
	if diff := cmp.Diff(first, second); err != nil || diff != "" {
		t.Fatalf("another record after writing and reading: %v\n%s", err, diff)
	}
}

// FuzzSplitBatch: where the standard library reads an array, the elements are the same; where ours are all valid, so is the whole.
func FuzzSplitBatch(f *testing.F) {
	for _, body := range []string{`[]`, `[{"a":1},{"b":"]"}]`, ` [ 1 , "x" ] `, `[{"a":tru}]`, `[{]}`, `[{"a":"\""}`, `[[],{}]x`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		events, err := schemas.SplitBatch(body)
		var want []json.RawMessage
		readable := json.Unmarshal(body, &want) == nil && want != nil
		if err != nil {
			_ = violation(t, err)
			if readable {
				t.Fatalf("%q is an array: %v", body, err)
			}
			return
		}
		valid := true
		for _, event := range events {
			valid = valid && json.Valid(event)
		}
		if valid != readable {
			t.Fatalf("%q: elements valid %v, the whole %v", body, valid, readable)
		}
		if readable && len(events) != len(want) {
			t.Fatalf("%q: %d elements, want %d", body, len(events), len(want))
		}
		for i := range want {
			if !bytes.Equal(bytes.TrimSpace(want[i]), events[i]) {
				t.Fatalf("%q: element %d is %q, want %q", body, i, events[i], want[i])
			}
		}
	})
}
