package people_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/dashboards/people"
	"github.com/turnout/turnout/internal/embedded/embeddedtest"
	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

// house is a desk over a warehouse and a stream.
type house struct {
	t       *testing.T
	desk    *people.Desk
	db      *warehouse.DB
	letters *stream.DeadLetters
	store   *erasures.Store
	seq     uint64
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newHouse(t *testing.T) *house {
	t.Helper()
	nc, err := nats.Connect(embeddedtest.NATS(t))
	must(t, err)
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	must(t, err)
	must(t, stream.EnsureTopology(t.Context(), js, stream.Topology{MaxPayload: nc.MaxPayload()}))
	registry, err := schemas.Builtin()
	must(t, err)
	db, err := warehouse.Open(t.Context(), embeddedtest.ClickHouse(t), warehouse.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	must(t, db.Migrate(t.Context(), registry))
	store, err := erasures.Open(t.Context(), js, 1)
	must(t, err)
	h := &house{t: t, db: db, letters: stream.NewDeadLetters(js), store: store}
	h.desk = &people.Desk{
		House:   func() (people.House, error) { return db, nil },
		Letters: h.letters, Requests: store, Registry: registry, Now: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
	}
	return h
}

// tell stores an event; more are attributes of the envelope.
func (h *house) tell(typ, id, data string, more ...string) {
	h.t.Helper()
	raw := fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"desk","type":"%s.v1","time":"2022-05-27T10:00:%02dZ","tenant":"t","data":%s%s}`,
		id, typ, h.seq%60, data, strings.Join(more, ""))
	e, err := schemas.DecodeStructured([]byte(raw))
	must(h.t, err)
	must(h.t, h.desk.Registry.Check(e))
	record, err := h.desk.Registry.Derive(e)
	must(h.t, err)
	h.seq++
	rows := warehouse.NewRows(h.desk.Registry.PromotedColumns(), 1)
	must(h.t, rows.Append(e, &record, warehouse.Arrival{Received: e.Time, Seq: h.seq, Index: 3}))
	must(h.t, h.db.InsertEvents(h.t.Context(), rows))
}

// world has ann, who is ann-old and ann-older, too; and others who have things of the same names.
func (h *house) world() {
	h.tell("member.registered", "1", `{"person_id":"ann","kind":"alumnus","joined_at":"2020-01-01T10:00:00Z","status":"candidate","faculty":"law"}`)
	h.tell("member.updated", "2", `{"person_id":"ann-old","valid_from":"2021-01-01","faculty":"physics","chapter_id":"ann"}`)
	h.tell("member.merged", "3", `{"from_id":"ann-old","into_id":"ann","evidence":"email"}`)
	h.tell("member.merged", "4", `{"from_id":"ann-older","into_id":"ann-old","evidence":"email"}`)
	h.tell("member.registered", "5", `{"person_id":"bob","kind":"alumnus","joined_at":"2020-01-01T10:00:00Z","status":"candidate","invited_by":"ann-older"}`)
	h.tell("attendance.recorded", "6", `{"gathering_id":"g","person_id":"ann-older","present":true,"role":"host","method":"desk"}`)
	h.tell("attendance.recorded", "7", `{"gathering_id":"g","person_id":"ann-older","present":false,"role":"host","method":"desk"}`, `,"revision":1`)
	h.tell("application.submitted", "8", `{"application_id":"a-1","opportunity_id":"o","student_id":"ann","at":"2022-01-01T10:00:00Z"}`)
	h.tell("application.status_changed", "9", `{"application_id":"a-1","status":"offered","at":"2022-02-01T10:00:00Z"}`)
	h.tell("application.status_changed", "10", `{"application_id":"a-2","status":"offered","at":"2022-02-01T10:00:00Z"}`)
	h.tell("opportunity.published", "11", `{"opportunity_id":"o","kind":"internship","employer_id":"e","ambassador_id":"ann","positions":1,"state":"open","opens":"2022-01-01"}`)
	h.tell("consent.changed", "12", `{"person_id":"ann","purpose":"analytics","granted":false,"at":"2022-03-01T10:00:00Z"}`)
	h.tell("consent.changed", "13", `{"person_id":"ann-old","purpose":"analytics","granted":true,"at":"2022-03-02T10:00:00Z"}`)
	h.tell("consent.changed", "14", `{"person_id":"ann","purpose":"contact","granted":false,"at":"2022-03-02T10:00:00Z"}`)
	h.tell("consent.changed", "15", `{"person_id":"ann","purpose":"contact","granted":false,"at":"2022-03-02T10:00:00Z"}`, `,"revision":1,"voided":true,"reason":"mistake"`)
	h.tell("attendance.recorded", "16", `{"gathering_id":"ann","person_id":"bob","present":true,"role":"host","method":"desk"}`) // a gathering of that name
	h.tell("group.defined", "17", `{"group_id":"ann","kind":"chapter","name":"ann","active_from":"2020-01-01"}`)
	for i, body := range []string{`{"data":{"person_id":"ann-old"}}`, `{"data":{"person_id":"ann-o"}}`} {
		must(h.t, h.letters.Put(h.t.Context(), &stream.DeadLetter{
			ID: stream.LetterID(uint64(90+i), 0), Tenant: "t", Code: "schema", Reason: "wrong", StreamSeq: uint64(90 + i), Body: []byte(body),
		}))
	}
}

func TestRecord(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.world()
	for _, asked := range []string{"ann", "ann-older"} {
		r, err := h.desk.Record(t.Context(), "t", asked)
		must(t, err)
		var ids []string
		for _, id := range r.IDs {
			ids = append(ids, id.ID)
		}
		if r.Now != "ann" || !slices.Equal(ids, []string{"ann", "ann-old", "ann-older"}) {
			t.Errorf("%s is %s: %v", asked, r.Now, ids)
		}
		told := map[string]string{}
		for i := range r.Events {
			var event struct{ ID string }
			must(t, json.Unmarshal(r.Events[i].Event, &event))
			told[event.ID] = fmt.Sprintf("%s %v %t", r.Events[i].Relation, r.Events[i].Fields, r.Events[i].Stands)
		}
		want := map[string]string{
			"1": "about [person_id] true", "2": "about [person_id] true", "3": "about [from_id into_id] true", "4": "about [from_id into_id] true",
			"5": "names [invited_by] true", "6": "about [person_id] false", "7": "about [person_id] true", "8": "about [student_id] true",
			"9": "of [application_id] true", "11": "names [ambassador_id] true", "12": "about [person_id] true", "13": "about [person_id] true",
			"14": "about [person_id] false", "15": "about [person_id] false",
		}
		if fmt.Sprint(told) != fmt.Sprint(want) {
			t.Errorf("%s:\n%v, want\n%v", asked, told, want)
		}
		if c := r.Consents.Now; !c["analytics"].Granted || c["analytics"].Since == nil || !c["contact"].Granted || c["contact"].Since != nil || !c["named_lists"].Granted {
			t.Errorf("allowed: %+v", c)
		}
		if len(r.Letters) != 1 || r.Letters[0].ID != "90-0" {
			t.Errorf("dead letters: %+v", r.Letters)
		}
		var attributes strings.Builder
		for _, a := range r.Attributes {
			fmt.Fprintf(&attributes, "%s %s=%v; ", a.From[:10], a.Name, a.Value)
		}
		if attributes.String() != "2020-01-01 kind=alumnus; 2020-01-01 status=candidate; 2020-01-01 faculty=law; 2021-01-01 faculty=physics; 2021-01-01 chapter_id=ann; " {
			t.Errorf("attributes: %s", attributes.String())
		}
		if r.Events[0].Position != "1-3" || r.Sources[0].Source != "desk" || r.Sources[0].Events != 14 || r.Types[0].Title == "" || r.Erased {
			t.Errorf("%+v %+v", r.Events[0], r.Sources)
		}
	}
	other, err := h.desk.Record(t.Context(), "elsewhere", "ann")
	must(t, err)
	if len(other.Events)+len(other.Letters) != 0 || len(other.IDs) != 1 {
		t.Errorf("another community tells %+v", other)
	}
	if _, err := h.desk.Record(t.Context(), "t", ""); !isRefused(err, "bad_value") {
		t.Errorf("nobody: %v", err)
	}
	if _, err := h.desk.Record(t.Context(), "t", "(withheld)"); !isRefused(err, "withheld") {
		t.Errorf("what stands for an id: %v", err)
	}
}

func isRefused(err error, code string) bool {
	var refused *problem.Error
	return errors.As(err, &refused) && refused.Code == code
}

func TestErasedAreTold(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	must(t, h.store.Ask(t.Context(), erasures.Pending{Tenant: "t", ID: "rq", Person: "ann", Basis: "law", ReceivedAt: time.Now()}))
	must(t, h.store.Suppress(t.Context(), "t", "rq", "delete", "ann"))
	r, err := h.desk.Record(t.Context(), "t", "ann")
	must(t, err)
	if !r.Erased || len(r.Erasures) != 1 || r.Erasures[0].ID != "rq" {
		t.Errorf("%+v", r)
	}
	if r, err = h.desk.Record(t.Context(), "t", "bob"); err != nil || r.Erased || len(r.Erasures) != 0 {
		t.Errorf("%v: %+v", err, r)
	}
}

func TestForms(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.world()
	h.tell("member.updated", "=cmd", `{"person_id":"ann","valid_from":"2021-02-01","region":"=1+1"}`)
	r, err := h.desk.Record(t.Context(), "t", "ann")
	must(t, err)
	var whole, lines, archive bytes.Buffer
	must(t, r.WriteJSON(&whole))
	must(t, r.WriteNDJSON(&lines))
	must(t, r.WriteZip(&archive))
	var back people.Record
	must(t, json.Unmarshal(whole.Bytes(), &back))
	if len(back.Events) != len(r.Events) || strings.Contains(whole.String(), "null,\n  \"") {
		t.Errorf("%d events come back", len(back.Events))
	}
	items := 1 + len(r.Types) + len(r.Events) + len(r.Attributes) + len(r.Consents.History) + len(r.Letters)
	if n := strings.Count(lines.String(), "\n"); n != items {
		t.Errorf("%d lines, want %d", n, items)
	}
	reader, err := zip.NewReader(bytes.NewReader(archive.Bytes()), int64(archive.Len()))
	must(t, err)
	rows := map[string]int{}
	for _, file := range reader.File {
		opened, err := file.Open()
		must(t, err)
		table, err := csv.NewReader(opened).ReadAll()
		must(t, err)
		rows[file.Name] = len(table) - 1
		for _, row := range table {
			if slices.ContainsFunc(row, func(cell string) bool { return strings.HasPrefix(cell, "=") }) {
				t.Errorf("%s has a formula: %v", file.Name, row)
			}
		}
	}
	if rows["events.csv"] != len(r.Events) || rows["ids.csv"] != 3 || rows["consents.csv"] != 3 || rows["dead_letters.csv"] != 1 || rows["erasures.csv"] != 0 || rows["types.csv"] == 0 {
		t.Errorf("rows: %v", rows)
	}
}
