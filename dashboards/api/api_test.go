package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/turnout/turnout/dashboards/api"
	"github.com/turnout/turnout/dashboards/reporting"
	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/internal/embedded/embeddedtest"
	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

// letters is a box of dead letters in memory.
type letters struct {
	list     []stream.DeadLetter
	replayed []api.ReplayRequest
}

func (l *letters) List(_ context.Context, tenant string, limit int, after uint64) ([]stream.DeadLetter, error) {
	var out []stream.DeadLetter
	for _, letter := range l.list {
		if (tenant == "" || letter.Tenant == tenant) && letter.Cursor > after && len(out) < limit {
			out = append(out, letter)
		}
	}
	return out, nil
}

func (l *letters) Get(_ context.Context, id string) (stream.DeadLetter, error) {
	for _, letter := range l.list {
		if letter.ID == id {
			return letter, nil
		}
	}
	return stream.DeadLetter{}, stream.ErrNoDeadLetter
}

func (l *letters) Replay(_ context.Context, request api.ReplayRequest) ([]api.ReplayResult, error) {
	l.replayed = append(l.replayed, request)
	return nil, nil
}

func (l *letters) Discard(_ context.Context, id string) error {
	l.list = slices.DeleteFunc(l.list, func(letter stream.DeadLetter) bool { return letter.ID == id })
	return nil
}

// house is the API over a warehouse with one attendance each in the tenants "a" and "b".
func house(t testing.TB) (*api.API, *letters) {
	t.Helper()
	db, registry := emptyHouse(t)
	for _, tenant := range []string{"a", "b"} {
		attend(t, db, registry, tenant)
	}
	catalog, err := reporting.Load()
	if err != nil {
		t.Fatal(err)
	}
	box := &letters{list: []stream.DeadLetter{
		{ID: "1-0", Tenant: "a", Code: "schema", Body: []byte("{}"), Cursor: 1},
		{ID: "2-0", Tenant: "b", Code: "schema", Body: []byte{0xff}, Cursor: 2},
		{ID: "3-0", Code: "malformed_json", Body: []byte("{"), Cursor: 3},
	}}
	runner := reporting.NewRunner(reporting.Config{Conn: db.Conn(), Catalog: catalog, Confine: db.TenantSettings})
	return api.New(api.Config{Runner: runner, Registry: registry, Letters: box, Conn: db.Conn(), Version: "1.2.3", Durability: "strict"}), box
}

// attend stores an attendance of the tenant's person, or of another one.
func attend(t testing.TB, db *warehouse.DB, registry *schemas.Registry, tenant string, another ...string) {
	t.Helper()
	id, person := "1", "p-"+tenant
	if len(another) > 0 && another[0] != id {
		id, person = another[0], person+"-"+another[0]
	}
	e, err := schemas.DecodeStructured([]byte(`{"specversion":"1.0","id":"` + id + `","source":"test","type":"attendance.recorded.v1","time":"2022-05-27T18:00:00Z",
"data":{"gathering_id":"g","person_id":"` + person + `","present":true,"role":"participant","method":"sheet"}}`))
	if err != nil {
		t.Fatal(err)
	}
	record, err := registry.Derive(e)
	if err != nil {
		t.Fatal(err)
	}
	batch, err := db.Conn().PrepareBatch(context.Background(),
		"INSERT INTO events (tenant, type, source, id, person, gathering, mode, time, at, recorded, received, key, kh, version, data)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = batch.Close() }()
	if err := batch.Append(tenant, e.Type, e.Source, e.ID, record.Person, record.Gathering, record.Mode, e.Time, record.At, e.Time, e.Time, record.Key,
		new(big.Int).SetBytes(record.KeyHash[:]), new(big.Int).SetBytes(record.Version[:]), string(e.Data)); err != nil {
		t.Fatal(err)
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
}

// emptyHouse is a warehouse with nothing in it.
func emptyHouse(t testing.TB) (*warehouse.DB, *schemas.Registry) {
	t.Helper()
	ctx := context.Background()
	db, err := warehouse.Open(ctx, embeddedtest.ClickHouse(t), warehouse.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	registry, err := schemas.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(ctx, registry); err != nil {
		t.Fatal(err)
	}
	return db, registry
}

// ask sends a request as the caller and gives status, headers and body, which it holds against the description.
func ask(t *testing.T, h *api.API, caller auth.Identity, method, target, body string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Add(header[i], header[i+1])
	}
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, request.WithContext(auth.With(request.Context(), caller)))
	answered := recorder.Body.Bytes()
	if recorder.Header().Get("Content-Encoding") != "" {
		return recorder
	}
	if err := described(t).Check(request, []byte(body), recorder.Code, recorder.Header(), answered); err != nil {
		t.Error(err)
	}
	return recorder
}

func decode[T any](t *testing.T, recorder *httptest.ResponseRecorder) T {
	t.Helper()
	var out T
	if err := json.Unmarshal(recorder.Body.Bytes(), &out); err != nil {
		t.Fatalf("read %s: %v", recorder.Body.String(), err)
	}
	return out
}

func TestReports(t *testing.T) {
	t.Parallel()
	h, _ := house(t)
	list := decode[struct{ Reports []reporting.Description }](t, ask(t, h, auth.Everyone(), "GET", "/v1/reports", ""))
	for _, want := range []string{"attendance", "first-timer-share", "show-up", "return-rate", "lifecycle", "retention", "stickiness", "absence-factor", "engagement-by-mode", "data-quality"} {
		i := slices.IndexFunc(list.Reports, func(d reporting.Description) bool { return d.Name == want })
		if i < 0 || list.Reports[i].Title == "" || list.Reports[i].Question == "" || len(list.Reports[i].Columns) == 0 {
			t.Errorf("the report %s is not described: %+v", want, list.Reports)
		}
	}
	answer := ask(t, h, auth.Everyone(), "GET", "/v1/reports/attendance?tenant=a", "")
	members := decode[map[string]json.RawMessage](t, answer)
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	if diff := cmp.Diff([]string{"as_of", "columns", "definition", "parameters", "report", "rows", "timezone", "title"}, names); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
	var columns []map[string]any
	if err := json.Unmarshal(members["columns"], &columns); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"gathering_id", "title", "starts_at", "attendance_basis", "attended", "new_members", "continuing", "first_timers", "headcount", "anonymous_guests"} {
		if columns[i]["name"] != want || len(columns[i]) != 4 {
			t.Errorf("column %d is %v, want %s with name, type, unit, description", i, columns[i], want)
		}
	}
	if !strings.Contains(answer.Body.String(), `"gathering_id":"g","title":null,"starts_at":"2022-05-27T18:00:00Z","attendance_basis":"unstated","attended":1,"new_members":null`) {
		t.Errorf("the rows are %s", members["rows"])
	}
}

func TestForms(t *testing.T) {
	t.Parallel()
	h, _ := house(t)
	tests := map[string]struct{ contentType, has string }{
		"/v1/reports/lifecycle?tenant=a&format=csv":                                      {"text/csv; charset=utf-8", "period,active,new,returning,resurrecting,dormant,"},
		"/v1/reports/lifecycle?tenant=a&format=ndjson":                                   {"application/x-ndjson", `{"period":"2022-05","active":1,`},
		"/v1/reports/lifecycle?tenant=a&format=csv&about=true":                           {"text/csv; charset=utf-8", "# Report: "},
		"/v1/reports/lifecycle?tenant=a&format=xlsx":                                     {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xl/worksheets/sheet2.xml"},
		"/v1/reports/lifecycle?tenant=a&format=parquet":                                  {"application/vnd.apache.parquet", "turnout.definition"},
		"/v1/reports/lifecycle?tenant=a&format=markdown":                                 {"text/markdown; charset=utf-8", "| 2022-05 "},
		"/v1/reports/lifecycle/rows?tenant=a&measure=new&period=2022-05&format=xlsx":     {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xl/worksheets/sheet2.xml"},
		"/v1/reports/lifecycle/rows?tenant=a&measure=new&period=2022-05&format=markdown": {"text/markdown; charset=utf-8", "p-a"},
		"/v1/reports/lifecycle?tenant=a&describe=true":                                   {"application/json", `"chart":{"kind":"stacked"`},
		"/v1/reports/lifecycle/rows?tenant=a&measure=new&period=2022-05":                 {"application/json", `"person_id":"p-a"`},
		"/v1/reports/lifecycle/rows?tenant=a&measure=new&period=2022-05&format=csv":      {"text/csv; charset=utf-8", "p-a"},
		"/v1/reports/lifecycle/rows?tenant=a&measure=new&period=2022-04":                 {"application/json", `"rows":[]`},
		"/v1/reports/attendance?tenant=a&timezone=Asia/Kathmandu":                        {"application/json", "2022-05-27T23:45:00+05:45"},
		"/v1/schemas":                          {"application/json", `"name":"attendance.recorded.v1"`},
		"/v1/schemas/attendance.recorded.v1":   {"application/json", `"schema":{`},
		"/asyncapi.json":                       {"application/json", `"asyncapi"`},
		"/openapi.json":                        {"application/json", `"openapi":"3.1.0"`},
		"/v1/status":                           {"application/json", `"tenants":[{"tenant":"a","events":1,"last_event_at":"2022-05-27T18:00:00Z","stored_last_at":"2022-05-27T18:00:00Z","timezone":"UTC"},{"tenant":"b"`},
		"/v1/status?tenant=a":                  {"application/json", `"tenants":[{"tenant":"a","events":1,"last_event_at":"2022-05-27T18:00:00Z","stored_last_at":"2022-05-27T18:00:00Z","timezone":"UTC"}]`},
		"/v1/reports/attendance?tenant=nobody": {"application/json", `"rows":[]`},
		"/v1/reports/attendance/rows?tenant=nobody&measure=attended&gathering_id=whatever": {"application/json", `"total":0`},
	}
	for target, want := range tests {
		answer := ask(t, h, auth.Everyone(), "GET", target, "")
		if answer.Code != http.StatusOK || answer.Header().Get("Content-Type") != want.contentType || !strings.Contains(answer.Body.String(), want.has) {
			t.Errorf("%s: %d %s %s, want %s with %s", target, answer.Code, answer.Header().Get("Content-Type"), answer.Body.String(), want.contentType, want.has)
		}
	}
}

// TestFileNames: what is downloaded has a name that says what it is; JSON is no file.
func TestFileNames(t *testing.T) {
	t.Parallel()
	h, _ := house(t)
	today := time.Now().UTC().Format(time.DateOnly)
	for query, want := range map[string]string{
		"/v1/reports/lifecycle?tenant=a&format=xlsx":                                        "attachment; filename=lifecycle_" + today + "_a.xlsx",
		"/v1/reports/lifecycle/rows?tenant=a&measure=new&period=2022-05&format=csv":         "attachment; filename=lifecycle_new_" + today + "_a.csv",
		"/v1/reports/lifecycle?tenant=a&format=markdown&timezone=Asia/Kathmandu&grain=year": "attachment; filename=lifecycle_",
		"/v1/reports/lifecycle?tenant=a":                                                    "",
	} {
		got := ask(t, h, auth.Everyone(), "GET", query, "").Header().Get("Content-Disposition")
		if !strings.HasPrefix(got, want) || (want == "") != (got == "") {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	h, _ := house(t)
	bound, reader := auth.Identity{KeyID: "k", Tenant: "a", Scopes: []auth.Scope{auth.Read}}, auth.Identity{KeyID: "k", Scopes: []auth.Scope{auth.Read}}
	admin := auth.Everyone()
	tests := []struct {
		caller               auth.Identity
		method, target, body string
		status               int
		pointer              string
	}{
		{admin, "GET", "/v1/reports/nothing", "", 404, "/report"},
		{admin, "GET", "/v1/reports/attendance?tenant=a&colour=red", "", 400, "/parameters/colour"},
		{admin, "GET", "/v1/reports/attendance?tenant=a&format=xml", "", 400, "/parameters/format"},
		{admin, "GET", "/v1/reports/attendance?tenant=a&describe=maybe", "", 400, "/parameters/describe"},
		{admin, "GET", "/v1/reports/attendance?tenant=a;b", "", 400, "/parameters"},
		{admin, "GET", "/v1/reports/attendance?tenant=a&from=%zz", "", 400, "/parameters"},
		{admin, "GET", "/v1/reports/attendance?tenant=a&tenant=b", "", 400, "/parameters/tenant"},
		{admin, "GET", "/v1/reports/attendance?tenant=A", "", 400, "/parameters/tenant"},
		{bound, "GET", "/v1/reports/attendance?tenant=b", "", 403, "/parameters/tenant"},
		{bound, "GET", "/v1/reports/attendance/rows?tenant=b&measure=attended", "", 403, "/parameters/tenant"},
		{bound, "GET", "/v1/status?tenant=b", "", 403, "/parameters/tenant"},
		{bound, "GET", "/v1/deadletters?tenant=b", "", 403, "/parameters/tenant"},
		{bound, "GET", "/v1/deadletters/2-0", "", 404, "/id"},
		{bound, "GET", "/v1/deadletters/3-0", "", 404, "/id"},
		{bound, "DELETE", "/v1/deadletters/1-0", "", 403, "Authorization"},
		{reader, "POST", "/v1/deadletters/replay", `{"all":true}`, 403, "Authorization"},
		{admin, "GET", "/v1/deadletters/9-9", "", 404, "/id"},
		{admin, "DELETE", "/v1/deadletters/9-9", "", 404, "/id"},
		{admin, "GET", "/v1/deadletters?limit=0", "", 400, "/parameters/limit"},
		{admin, "GET", "/v1/deadletters?after=x", "", 400, "/parameters/after"},
		{admin, "GET", "/v1/deadletters?limit=1&limit=2", "", 400, "/parameters/limit"},
		{admin, "GET", "/v1/deadletters?page=2", "", 400, "/parameters/page"},
		{admin, "POST", "/v1/deadletters/replay", `{`, 400, ""},
		{admin, "POST", "/v1/deadletters/replay", `{}`, 400, "/ids"},
		{admin, "POST", "/v1/deadletters/replay", `{"all":true,"ids":["1-0"]}`, 400, "/ids"},
		{admin, "POST", "/v1/deadletters/replay", `{"all":true,"force":true}`, 400, ""},
		{admin, "POST", "/v1/deadletters/replay", `{"all":true} {}`, 400, ""},
		{admin, "GET", "/v1/schemas/nothing", "", 404, "/type"},
		{admin, "GET", "/v1/schemas?x=1", "", 400, "/parameters/x"},
		{admin, "GET", "/v1/nothing", "", 404, ""},
		{admin, "POST", "/v1/reports/attendance", "", 405, ""},
		{admin, "DELETE", "/v1/reports", "", 405, ""},
		{admin, "PUT", "/v1/deadletters/1-0", "", 405, ""},
		{admin, "POST", "/v1/deadletters/replay", `[]`, 400, ""},
	}
	for _, test := range tests {
		answer := ask(t, h, test.caller, test.method, test.target, test.body)
		document := decode[problem.Document](t, answer)
		if answer.Code != test.status || document.Pointer != test.pointer || document.Detail == "" || answer.Header().Get("Content-Type") != problem.MediaType {
			t.Errorf("%s %s: %d %+v, want %d at %q", test.method, test.target, answer.Code, document, test.status, test.pointer)
		}
	}
}

// TestUnknownParametersAreToldAllOthers: what the API takes itself is among the allowed, beside what the report declares.
func TestUnknownParametersAreToldAllOthers(t *testing.T) {
	t.Parallel()
	h, _ := house(t)
	for target, want := range map[string][]string{
		"/v1/reports/attendance?tenant=a&colour=red":                       {"compare", "view", "lang", "from", "format", "describe", "about"},
		"/v1/reports/attendance/rows?tenant=a&measure=attended&colour=red": {"measure", "limit", "lang", "from", "format", "about"},
	} {
		hint := decode[problem.Document](t, ask(t, h, auth.Everyone(), "GET", target, "")).Hint
		named := strings.Split(strings.TrimSuffix(strings.TrimPrefix(hint, "Allowed: "), "."), ", ")
		for _, name := range want {
			if !slices.Contains(named, name) {
				t.Errorf("%s: the hint has no %s: %s", target, name, hint)
			}
		}
	}
}

// TestBoundCallersSeeTheirOwn asks without naming a community, as a key of one.
func TestBoundCallersSeeTheirOwn(t *testing.T) {
	t.Parallel()
	h, box := house(t)
	bound := auth.Identity{KeyID: "k", Tenant: "b", Scopes: []auth.Scope{auth.Admin}}
	for _, target := range []string{"/v1/reports/attendance/rows?measure=attended&gathering_id=g", "/v1/status", "/v1/deadletters", "/v1/deadletters/2-0"} {
		answer := ask(t, h, bound, "GET", target, "")
		body := answer.Body.String()
		if answer.Code != http.StatusOK || strings.Contains(body, `"a"`) || strings.Contains(body, "p-a") || !strings.Contains(body, "b") {
			t.Errorf("%s: %d %s", target, answer.Code, body)
		}
	}
	if answer := ask(t, h, bound, "POST", "/v1/deadletters/replay", `{"ids":["1-0"],"set":{"data.role":"host"},"dry_run":true}`); answer.Code != http.StatusOK || answer.Body.String() != "{\"results\":[]}\n" {
		t.Errorf("replay: %d %s", answer.Code, answer.Body.String())
	}
	want := []api.ReplayRequest{{Tenant: "b", IDs: []string{"1-0"}, Set: map[string]any{"data.role": "host"}, DryRun: true}}
	if diff := cmp.Diff(want, box.replayed); diff != "" {
		t.Errorf("replayed (-want +got):\n%s", diff)
	}
	if answer := ask(t, h, bound, "DELETE", "/v1/deadletters/1-0", ""); answer.Code != http.StatusNotFound || len(box.list) != 3 {
		t.Errorf("discarding another's letter: %d, %d letters are left", answer.Code, len(box.list))
	}
	if answer := ask(t, h, bound, "DELETE", "/v1/deadletters/2-0", ""); answer.Code != http.StatusNoContent || len(box.list) != 2 {
		t.Errorf("discarding one's own letter: %d, %d letters are left", answer.Code, len(box.list))
	}
}

func TestLetters(t *testing.T) {
	t.Parallel()
	h, _ := house(t)
	type page struct {
		Deadletters []map[string]any
		Next        *string
	}
	var met []string
	target := "/v1/deadletters?limit=2"
	for range 3 {
		got := decode[page](t, ask(t, h, auth.Everyone(), "GET", target, ""))
		for _, letter := range got.Deadletters {
			met = append(met, fmt.Sprint(letter["id"]))
		}
		if got.Next == nil {
			break
		}
		target = "/v1/deadletters?limit=2&after=" + url.QueryEscape(*got.Next)
	}
	if diff := cmp.Diff([]string{"1-0", "2-0", "3-0"}, met); diff != "" {
		t.Errorf("letters (-want +got):\n%s", diff)
	}
	if body := ask(t, h, auth.Everyone(), "GET", "/v1/deadletters/1-0", "").Body.String(); !strings.Contains(body, `"body":"{}"`) {
		t.Errorf("the letter is %s", body)
	}
	if body := ask(t, h, auth.Everyone(), "GET", "/v1/deadletters/2-0", "").Body.String(); !strings.Contains(body, `"body_base64":"/w=="`) {
		t.Errorf("the letter is %s", body)
	}
}
