package schemas_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/turnout/turnout/schemas"
)

func derive(t testing.TB, registry *schemas.Registry, raw string) schemas.Record {
	t.Helper()
	event, err := take(registry, raw)
	if err != nil {
		t.Fatalf("take %s: %v", raw, err)
	}
	record, err := registry.Derive(event)
	if err != nil {
		t.Fatalf("derive %s: %v", raw, err)
	}
	return record
}

// TestDeriveGolden holds the stored definitions. A change here makes two facts of one in every warehouse: never adjust the values.
func TestDeriveGolden(t *testing.T) {
	registry := builtin(t)
	early := swap(t, swap(t, attendance, "2022-05-27T18:00:00+03:00", "1900-01-01T00:00:00Z"), `"id":"1"`, `"id":"1","revision":2147483647`)
	for name, tc := range map[string]struct{ raw, key, keyHash, content, version string }{
		"attendance": {attendance, `["m-2022-05","p-1"]`, "1a1b0ec8e4324a9db725090030723a90", "5bcb62e258b389fd", "0000000038358063180b5b5bff595445"},
		"everything": {
			swap(t, attendance, `"id":"1"`, `"id":"1","revision":7,"voided":true,"reason":"twice","recordedtime":"2022-06-01T00:00:00.1239Z","subject":"m-2022-05","tenant":"north"`),
			`["m-2022-05","p-1"]`, "1a1b0ec8e4324a9db725090030723a90", "f2504c1023550bee", "000000073836e8e047bc809b4c8768bb",
		},
		"first moment, last revision": {early, `["m-2022-05","p-1"]`, "1a1b0ec8e4324a9db725090030723a90", "0551212fec93febc", "7fffffff000000000003c193463eed78"},
		"time in the key": {
			`{"specversion":"1.0","id":"я","source":"urn:x","type":"consent.changed.v1","time":"1969-12-31T23:59:59.9999Z",` +
				`"data":{"person_id":"\u4eba\"1","purpose":"contact","granted":false,"at":"1969-12-31T23:59:59.9999-01:00"}}`,
			"[\"\u4eba\\\"1\",\"contact\",\"1970-01-01T00:59:59.999Z\"]", "580987fcfd18e0fa4d1cc2c00877c740", "4c5b67dbd2d1e12c", "0000000020251fe23ff2a33f4d2b7b0a",
		},
	} {
		t.Run(name, func(t *testing.T) {
			record := derive(t, registry, tc.raw)
			got := []string{record.Key, hex.EncodeToString(record.KeyHash[:]), fmt.Sprintf("%016x", record.ContentHash), hex.EncodeToString(record.Version[:])}
			if diff := cmp.Diff([]string{tc.key, tc.keyHash, tc.content, tc.version}, got); diff != "" {
				t.Errorf("stored values (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDeriveFields(t *testing.T) {
	registry := builtin(t)
	full := swap(t, attendance, `"method":"qr"`, `"method":"qr","at":"2022-05-27T18:05:00.0009+03:00","minutes":90,"group_id":"g-\"1\""`)
	record := derive(t, registry, full)
	want := map[string]any{"present": true, "role": "participant", "group_id": `g-"1"`}
	got := map[string]any{}
	for i, column := range registry.PromotedColumns() {
		if record.Promoted[i] != nil {
			got[column.Name] = record.Promoted[i]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("promoted (-want +got):\n%s", diff)
	}
	if record.Person != "p-1" || record.Gathering != "m-2022-05" {
		t.Errorf("person %q, gathering %q", record.Person, record.Gathering)
	}
	if want := time.Date(2022, 5, 27, 15, 5, 0, 0, time.UTC); !record.At.Equal(want) {
		t.Errorf("at is %v, want %v", record.At, want)
	}
	if record := derive(t, registry, attendance); !record.At.Equal(time.Date(2022, 5, 27, 15, 0, 0, 0, time.UTC)) {
		t.Errorf("without at the event's time should count, not %v", record.At)
	}
}

func TestDerivePromotedKinds(t *testing.T) {
	text := string(readFile(t, "events/opportunity.published.v1.json"))
	all := `"promote": ["kind", "positions", "opens", "closes", "paid", "faculties"]`
	registry, err := schemas.LoadFS(schemaFS(t, "opportunity.published.v1", swap(t, text, `"promote": ["opportunity_id", "kind"]`, all)))
	if err != nil {
		t.Fatal(err)
	}
	record := derive(t, registry, `{"specversion":"1.0","id":"1","source":"/x","type":"opportunity.published.v1","time":"2023-02-01T09:00:00Z","data":{"opportunity_id":"o","kind":"job",`+
		`"employer_id":"e","positions":1e2,"state":"open","opens":"1900-01-01","paid":false,"faculties":["a,b","]\"","ж"]}}`)
	want := []any{nil, []string{"a,b", `]"`, "ж"}, "job", time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), false, int64(100)}
	if diff := cmp.Diff(want, record.Promoted); diff != "" {
		t.Errorf("promoted (-want +got):\n%s", diff)
	}
}

func TestMode(t *testing.T) {
	registry := builtin(t)
	event := func(typ, data string) string {
		return `{"specversion":"1.0","id":"1","source":"/x","type":"` + typ + `.v1","time":"2023-02-01T09:00:00Z","data":{` + data + `}}`
	}
	for name, tc := range map[string]struct{ typ, data, want string }{
		"participant":          {"attendance.recorded", `"gathering_id":"g","person_id":"p","present":true,"role":"participant","method":"qr"`, "experiential"},
		"organiser":            {"attendance.recorded", `"gathering_id":"g","person_id":"p","present":true,"role":"organiser","method":"qr"`, "experiential"},
		"speaker":              {"attendance.recorded", `"gathering_id":"g","person_id":"p","present":true,"role":"speaker","method":"qr"`, "volunteer"},
		"host":                 {"attendance.recorded", `"gathering_id":"g","person_id":"p","present":true,"role":"host","method":"qr"`, "volunteer"},
		"absent":               {"attendance.recorded", `"gathering_id":"g","person_id":"p","present":false,"role":"host","method":"qr"`, ""},
		"registered":           {"registration.submitted", `"registration_id":"r","gathering_id":"g","person_id":"p","status":"confirmed","at":"2023-02-01T09:00:00Z"`, ""},
		"feedback":             {"feedback.submitted", `"response_id":"r","gathering_id":"g","person_id":"p"`, "communication"},
		"anonymous feedback":   {"feedback.submitted", `"response_id":"r","gathering_id":"g"`, ""},
		"opened":               {"communication.responded", `"response_id":"r","person_id":"p","action":"opened","at":"2023-02-01T09:00:00Z"`, ""},
		"clicked":              {"communication.responded", `"response_id":"r","person_id":"p","action":"clicked","at":"2023-02-01T09:00:00Z"`, "communication"},
		"gift":                 {"donation.received", `"gift_id":"g","donor_id":"p","amount_minor":1,"currency":"EUR","kind":"cash","legal_donor":"self","on":"2023-02-01"`, "philanthropic"},
		"opening by somebody":  {"opportunity.published", `"opportunity_id":"o","kind":"job","employer_id":"e","ambassador_id":"p","positions":1,"state":"open","opens":"2023-02-01"`, "volunteer"},
		"opening by nobody":    {"opportunity.published", `"opportunity_id":"o","kind":"job","employer_id":"e","positions":1,"state":"open","opens":"2023-02-01"`, ""},
		"initiative":           {"initiative.status_changed", `"initiative_id":"i","kind":"project","status":"proposed","at":"2023-02-01T09:00:00Z","proposer_id":"p"`, "volunteer"},
		"initiative of nobody": {"initiative.status_changed", `"initiative_id":"i","kind":"project","status":"proposed","at":"2023-02-01T09:00:00Z"`, ""},
		"group":                {"group.membership_changed", `"group_id":"g","person_id":"p","action":"joined","role":"member","at":"2023-02-01T09:00:00Z"`, "volunteer"},
		"hours":                {"volunteering.logged", `"log_id":"l","person_id":"p","activity":"jury","on":"2023-02-01","hours":2`, "volunteer"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := derive(t, registry, event(tc.typ, tc.data)).Mode; got != tc.want {
				t.Errorf("mode is %q, want %q", got, tc.want)
			}
		})
	}
}

// TestIdentity says which parts of an event make which hash.
func TestIdentity(t *testing.T) {
	registry := builtin(t)
	base := derive(t, registry, attendance)
	for name, tc := range map[string]struct {
		old, fresh             string
		key, content, versions bool // whether each differs
	}{
		"other person":           {`"p-1"`, `"p-2"`, true, true, true},
		"other role":             {`"participant"`, `"host"`, false, true, true},
		"other id":               {`"id":"1"`, `"id":"2"`, false, false, true},
		"other source":           {`"/door"`, `"/gate"`, false, false, true},
		"other tenant":           {`"id":"1"`, `"id":"1","tenant":"north"`, false, false, false},
		"other trace":            {`"id":"1"`, `"id":"1","traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"`, false, false, false},
		"other dataschema":       {`"id":"1"`, `"id":"1","dataschema":"https://example.org/x"`, false, false, false},
		"other time":             {`18:00:00+03:00`, `18:00:01+03:00`, false, true, true},
		"other zone":             {`18:00:00+03:00`, `15:00:00Z`, false, false, false},
		"other part of a milli":  {`18:00:00+03:00`, `18:00:00.0009+03:00`, false, false, false},
		"recorded at once":       {`"id":"1"`, `"id":"1","recordedtime":"2022-05-27T15:00:00Z"`, false, false, false},
		"recorded later":         {`"id":"1"`, `"id":"1","recordedtime":"2022-05-28T15:00:00Z"`, false, true, true},
		"other revision":         {`"id":"1"`, `"id":"1","revision":1`, false, true, true},
		"revision 0 said aloud":  {`"id":"1"`, `"id":"1","revision":0`, false, false, false},
		"voided":                 {`"id":"1"`, `"id":"1","voided":true`, false, true, true},
		"not voided, said aloud": {`"id":"1"`, `"id":"1","voided":false`, false, false, false},
		"reason":                 {`"id":"1"`, `"id":"1","reason":"x"`, false, true, true},
		"subject":                {`"id":"1"`, `"id":"1","subject":"x"`, false, true, true},
		"foreign extension":      {`"id":"1"`, `"id":"1","partitionkey":"x"`, false, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			got := derive(t, registry, swap(t, attendance, tc.old, tc.fresh))
			if (got.Key != base.Key) != tc.key || (got.KeyHash != base.KeyHash) != tc.key {
				t.Errorf("key %s, want it to differ: %v", got.Key, tc.key)
			}
			if (got.ContentHash != base.ContentHash) != tc.content {
				t.Errorf("content hash differs: %v, want %v", got.ContentHash != base.ContentHash, tc.content)
			}
			if (got.Version != base.Version) != tc.versions {
				t.Errorf("version differs: %v, want %v", got.Version != base.Version, tc.versions)
			}
		})
	}
}

// TestVersionOrder: revision before recorded time before hash, over the whole range of each.
func TestVersionOrder(t *testing.T) {
	registry := builtin(t)
	at := func(recorded string, revision int) string {
		record := derive(t, registry, swap(t, attendance, `"id":"1"`, fmt.Sprintf(`"id":"1","recordedtime":%q,"revision":%d`, recorded, revision)))
		return hex.EncodeToString(record.Version[:])
	}
	ascending := []string{
		at("1900-01-01T00:00:00Z", 0), at("1900-01-01T00:00:00.001Z", 0), at("1969-12-31T23:59:59.999Z", 0), at("1970-01-01T00:00:00Z", 0),
		at("2100-12-31T23:59:59.999Z", 0), at("1900-01-01T00:00:00Z", 1), at("2022-01-01T00:00:00Z", 2147483646), at("1950-01-01T00:00:00Z", 2147483647),
	}
	for i := 1; i < len(ascending); i++ {
		if ascending[i-1] >= ascending[i] {
			t.Errorf("version %d (%s) is not below version %d (%s)", i-1, ascending[i-1], i, ascending[i])
		}
	}
}

func TestVersionsShareKeys(t *testing.T) {
	text := string(readFile(t, "events/attendance.recorded.v1.json"))
	registry, err := schemas.Load(schemaFS(t, "attendance.recorded.v2", text))
	if err != nil {
		t.Fatal(err)
	}
	first, second := derive(t, registry, attendance), derive(t, registry, swap(t, attendance, "recorded.v1", "recorded.v2"))
	if first.KeyHash != second.KeyHash || first.ContentHash == second.ContentHash {
		t.Errorf("versions of a type must share their keys and differ in content: %x and %x", first.KeyHash, second.KeyHash)
	}
}

func TestDeriveRefuses(t *testing.T) {
	registry := builtin(t)
	for name, data := range map[string]string{"no key": `{"person_id":"p"}`, "not canonical": `{"person_id": "p"}`, "null key": `{"gathering_id":null,"person_id":"p"}`} {
		event := decode(t, attendance)
		event.Data = []byte(data)
		if _, err := registry.Derive(event); err == nil {
			t.Errorf("%s: Derive took %s", name, data)
		}
	}
	event := decode(t, strings.Replace(attendance, "attendance", "presence", 1))
	if _, err := registry.Derive(event); err == nil || !strings.Contains(err.Error(), "presence.recorded.v1") {
		t.Errorf("unknown type: %v", err)
	}
}
