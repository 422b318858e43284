package schemas_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/turnout/turnout/schemas"
)

const everything = `{
  "data": {"role": "host", "person_id": "p-1", "present": true, "minutes": 9.0e1, "method": "qr", "gathering_id": "m\u002d1"},
  "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "reason": "said \"twice\"", "voided": false, "revision": 3,
  "recordedtime": "2022-05-28T00:00:00.1239Z", "tenant": "north", "dataschema": "https://example.org/a.json", "datacontenttype": "application/json; charset=utf-8",
  "subject": "m-1", "time": "2022-05-27T18:00:00+03:00", "type": "attendance.recorded.v1", "source": "urn:door:é", "id": "№ 1", "specversion": "1.0",
  "partitionkey": "x", "sampledrate": 3, "hot": true, "gone": null
}`

func everythingEvent() *schemas.Event {
	return &schemas.Event{
		ID: "№ 1", Source: "urn:door:é", Type: "attendance.recorded.v1", Subject: "m-1", Tenant: "north", DataSchema: "https://example.org/a.json",
		Reason: `said "twice"`, TraceParent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", Revision: 3,
		Time: time.Date(2022, 5, 27, 15, 0, 0, 0, time.UTC), Recorded: time.Date(2022, 5, 28, 0, 0, 0, 123e6, time.UTC),
		Data: []byte(`{"gathering_id":"m-1","method":"qr","minutes":90,"person_id":"p-1","present":true,"role":"host"}`),
	}
}

func TestDecodeStructured(t *testing.T) {
	if diff := cmp.Diff(everythingEvent(), decode(t, everything)); diff != "" {
		t.Errorf("decoded (-want +got):\n%s", diff)
	}
}

func TestDecodeBinary(t *testing.T) {
	got, err := schemas.DecodeBinary(map[string]string{
		"specversion": "1.0", "id": "№ 1", "source": "urn:door:é", "type": "attendance.recorded.v1", "subject": "m-1", "tenant": "north",
		"dataschema": "https://example.org/a.json", "reason": `said "twice"`, "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
		"revision": "3", "voided": "false", "time": "2022-05-27T18:00:00+03:00", "recordedtime": "2022-05-28T00:00:00.1239Z",
		"datacontenttype": "application/json", "partitionkey": "x", "sampledrate": "3",
	}, []byte(` {"role": "host", "person_id": "p-1", "present": true, "minutes": 90, "method": "qr", "gathering_id": "m-1"} `))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(everythingEvent(), got); diff != "" {
		t.Errorf("decoded (-want +got):\n%s", diff)
	}
}

func TestDecodeKeepsNothingOfItsInput(t *testing.T) {
	raw := []byte(everything)
	event, err := schemas.DecodeStructured(raw)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		raw[i] = 'x'
	}
	if diff := cmp.Diff(everythingEvent(), event); diff != "" {
		t.Errorf("changing the input changed the event:\n%s", diff)
	}
}

func TestAppendJSON(t *testing.T) {
	want := `{"specversion":"1.0","id":"№ 1","source":"urn:door:é","type":"attendance.recorded.v1","subject":"m-1","time":"2022-05-27T15:00:00Z",` +
		`"datacontenttype":"application/json","dataschema":"https://example.org/a.json","tenant":"north","recordedtime":"2022-05-28T00:00:00.123Z","revision":3,` +
		`"reason":"said \"twice\"","traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",` +
		`"data":{"gathering_id":"m-1","method":"qr","minutes":90,"person_id":"p-1","present":true,"role":"host"}}`
	if got := string(everythingEvent().AppendJSON(nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := string(everythingEvent().AppendJSON([]byte("x "))); got != "x "+want {
		t.Errorf("the prefix is gone: %.20s", got)
	}
}

func TestVoided(t *testing.T) {
	registry := builtin(t)
	void := `{"specversion":"1.0","id":"1","source":"/x","type":"attendance.recorded.v1","time":"2022-05-27T18:00:00Z","voided":true,"reason":"twice","data":{DATA}}`
	for name, tc := range map[string]struct{ data, pointer string }{
		"key alone":       {`"gathering_id":"g","person_id":"p"`, ""},
		"key and more":    {`"gathering_id":"g","person_id":"p","role":"host"`, ""},
		"no key":          {`"gathering_id":"g"`, "/data/person_id"},
		"nothing":         {``, "/data/gathering_id"},
		"unknown member":  {`"gathering_id":"g","person_id":"p","seat":1`, "/data/seat"},
		"wrong type":      {`"gathering_id":"g","person_id":7`, "/data/person_id"},
		"wrong rest":      {`"gathering_id":"g","person_id":"p","role":"king"`, "/data/role"},
		"misspelled rest": {`"gathering_id":"g","person_id":"p","presnt":true`, "/data/presnt"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := take(registry, strings.Replace(void, "DATA", tc.data, 1))
			if tc.pointer == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if v := violation(t, err); v.Pointer != tc.pointer {
				t.Errorf("got %v, want it at %s", v, tc.pointer)
			}
		})
	}
	updated := `{"specversion":"1.0","id":"1","source":"/x","type":"member.updated.v1","time":"2022-05-27T18:00:00Z","voided":"true","data":{"person_id":"p","valid_from":"2022-01-01"}}`
	if _, err := take(registry, updated); err != nil {
		t.Errorf("a void need not change anything: %v", err)
	}
}

func TestCheckAll(t *testing.T) {
	event := decode(t, `{"specversion":"1.0","id":"1","source":"/x","type":"attendance.recorded.v1","time":"2022-05-27T18:00:00Z",`+
		`"data":{"gathering":"g","person_id":"","present":"yes","role":"host","zzz":1}}`)
	registry := builtin(t)
	var pointers []string
	for _, v := range registry.CheckAll(event) {
		pointers = append(pointers, violation(t, v).Pointer)
	}
	want := []string{"/data/gathering", "/data/person_id", "/data/person_id", "/data/present", "/data/gathering_id", "/data/method", "/data/zzz"}
	if diff := cmp.Diff(want, pointers); diff != "" {
		t.Errorf("violations (-want +got):\n%s", diff)
	}
	if v := violation(t, registry.Check(event)); v.Pointer != want[0] || v.Hint != "did you mean gathering_id?" {
		t.Errorf("the best is %v", v)
	}
	if all := registry.CheckAll(decode(t, attendance)); len(all) != 0 {
		t.Errorf("a valid event has violations: %v", all)
	}
}

// TestCheckOfBuiltEvents: events made in Go did not go through decoding, so Check repeats what matters.
func TestCheckOfBuiltEvents(t *testing.T) {
	registry := builtin(t)
	for name, tc := range map[string]struct {
		spoil         func(*schemas.Event)
		code, pointer string
	}{
		"no id":            {func(e *schemas.Event) { e.ID = "" }, "missing_attribute", "/id"},
		"no source":        {func(e *schemas.Event) { e.Source = "" }, "missing_attribute", "/source"},
		"no type":          {func(e *schemas.Event) { e.Type = "" }, "missing_attribute", "/type"},
		"no time":          {func(e *schemas.Event) { e.Time = time.Time{} }, "missing_attribute", "/time"},
		"time in 1812":     {func(e *schemas.Event) { e.Time = time.Date(1812, 1, 1, 0, 0, 0, 0, time.UTC) }, "bad_time", "/time"},
		"recorded in 2200": {func(e *schemas.Event) { e.Recorded = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC) }, "bad_time", "/recordedtime"},
		"high revision":    {func(e *schemas.Event) { e.Revision = schemas.MaxRevision + 1 }, "bad_attribute", "/revision"},
		"bad tenant":       {func(e *schemas.Event) { e.Tenant = "A" }, "bad_attribute", "/tenant"},
		"no data":          {func(e *schemas.Event) { e.Data = nil }, "malformed_json", "/data"},
		"not canonical":    {func(e *schemas.Event) { e.Data = []byte(everything[13:120]) }, "malformed_json", "/data"},
		"white space":      {func(e *schemas.Event) { e.Data = append([]byte{' '}, e.Data...) }, "malformed_json", "/data"},
		"data no object":   {func(e *schemas.Event) { e.Data = []byte(`[1]`) }, "malformed_json", "/data"},
	} {
		t.Run(name, func(t *testing.T) {
			event := decode(t, attendance)
			tc.spoil(event)
			if v := violation(t, registry.Check(event)); v.Code != tc.code || v.Pointer != tc.pointer {
				t.Errorf("got %s at %s: %v", v.Code, v.Pointer, v)
			}
			if len(registry.CheckAll(event)) == 0 {
				t.Error("CheckAll finds nothing")
			}
		})
	}
}

func TestSetData(t *testing.T) {
	var event schemas.Event
	if err := event.SetData(map[string]any{"b": 1.0, "a": "<ü>"}); err != nil || string(event.Data) != `{"a":"<ü>","b":1}` {
		t.Errorf("got %s, %v", event.Data, err)
	}
	for name, value := range map[string]any{"no object": 7, "no JSON": func() {}, "null": nil} {
		if err := event.SetData(value); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestExtraNumbersKeepTheirDigits(t *testing.T) {
	text := string(readFile(t, "events/volunteering.logged.v1.json"))
	text = strings.NewReplacer(`"minimum": 0.25, "maximum": 24, `, ``, `"minimum": 0, "maximum": 1000000, `, ``).Replace(text)
	registry, err := schemas.LoadFS(schemaFS(t, "club.logged.v1", text))
	if err != nil {
		t.Fatal(err)
	}
	event := func(member string) string {
		return `{"specversion":"1.0","id":"1","source":"/x","type":"club.logged.v1","time":"2022-05-27T18:00:00Z","data":{"log_id":"l","person_id":"p","activity":"jury","on":"2022-05-27",` + member + `}}`
	}
	for member, pointer := range map[string]string{
		`"hours":99999999999999`: "", `"hours":-0.5`: "", `"hours":1,"students_reached":9007199254740991`: "",
		`"hours":1e14`: "/data/hours", `"hours":-1e999`: "/data/hours", `"hours":1,"students_reached":9007199254740993`: "/data/students_reached",
		`"hours":1,"students_reached":-1e30`: "/data/students_reached",
	} {
		_, err := take(registry, event(member))
		if pointer == "" && err != nil {
			t.Errorf("%s is refused: %v", member, err)
		}
		if pointer != "" {
			if v := violation(t, err); v.Pointer != pointer {
				t.Errorf("%s: got %v", member, v)
			}
		}
	}
}
