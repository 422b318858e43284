package schemas_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/turnout/turnout/schemas"
)

// attendance is a valid event in structured mode; tests spoil one thing of it at a time.
const attendance = `{"specversion":"1.0","id":"1","source":"/door","type":"attendance.recorded.v1","time":"2022-05-27T18:00:00+03:00",` +
	`"data":{"gathering_id":"m-2022-05","person_id":"p-1","present":true,"role":"participant","method":"qr"}}`

func builtin(t testing.TB) *schemas.Registry {
	t.Helper()
	registry, err := schemas.Builtin()
	if err != nil {
		t.Fatalf("load built-in types: %v", err)
	}
	return registry
}

// swap replaces the one occurrence of old; a test whose old is not there is wrong.
func swap(t testing.TB, text, old, fresh string) string {
	t.Helper()
	if strings.Count(text, old) != 1 {
		t.Fatalf("%q occurs %d times in %s", old, strings.Count(text, old), text)
	}
	return strings.Replace(text, old, fresh, 1)
}

// violation asserts that err is a complete *Violation.
func violation(t testing.TB, err error) *schemas.Violation {
	t.Helper()
	var v *schemas.Violation
	if !errors.As(err, &v) {
		t.Fatalf("got %v (%T), want a *Violation", err, err)
	}
	if v.Code == "" || v.Detail == "" || !strings.HasSuffix(v.Detail, ".") {
		t.Errorf("incomplete violation %+v", v)
	}
	if strings.Contains(v.Error(), "jsonschema") || strings.Contains(v.Error(), "jsontext") {
		t.Errorf("the message speaks of a library: %v", v)
	}
	return v
}

func decode(t testing.TB, raw string) *schemas.Event {
	t.Helper()
	event, err := schemas.DecodeStructured([]byte(raw))
	if err != nil {
		t.Fatalf("decode %s: %v", raw, err)
	}
	return event
}

// take decodes and checks, as every way in does.
func take(registry *schemas.Registry, raw string) (*schemas.Event, error) {
	event, err := schemas.DecodeStructured([]byte(raw))
	if err != nil {
		return nil, err
	}
	return event, registry.Check(event)
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
