package rollups_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/consumers/rollups"
	"github.com/turnout/turnout/internal/embedded/embeddedtest"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

func TestMain(m *testing.M) { embeddedtest.Main(m) }

// harness is a stream and a warehouse of a test's own, with real engines.
type harness struct {
	t        testing.TB
	nc       *nats.Conn
	js       jetstream.JetStream
	db       *warehouse.DB
	rollups  *warehouse.Rollups
	dirty    *stream.Dirty
	registry *schemas.Registry
	zone     func(tenant string) string
	seq      uint64

	tenant    string // of schedules, which are communities of one house
	schedules int
}

func newHarness(t testing.TB) *harness {
	t.Helper()
	return newHarnessOn(t, embeddedtest.NATS(t))
}

// newHarnessOn uses the NATS server at the address.
func newHarnessOn(t testing.TB, address string) *harness {
	t.Helper()
	nc, err := nats.Connect(address)
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
	computed, err := warehouse.NewRollups(db, registry)
	must(t, err)
	return &harness{
		t: t, nc: nc, js: js, db: db, rollups: computed, dirty: stream.NewDirty(js), registry: registry,
		zone: func(string) string { return "UTC" }, tenant: "acme",
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// config is that of a worker in a hurry.
func (h *harness) config() rollups.Config {
	return rollups.Config{
		Stream: h.js, Warehouse: h.rollups, Zone: func(tenant string) string { return h.zone(tenant) }, Logger: slog.New(slog.DiscardHandler),
		Linger: time.Millisecond, Pause: time.Millisecond, Share: 1, Rest: time.Millisecond,
		RetryAtLeast: 5 * time.Millisecond, RetryAtMost: 50 * time.Millisecond,
	}
}

// start runs a worker until the test ends or the returned function stops it.
func (h *harness) start(cfg rollups.Config) (stop func()) {
	h.t.Helper()
	w, err := rollups.New(cfg)
	must(h.t, err)
	w.Start(h.t.Context())
	h.t.Cleanup(w.Stop)
	return w.Stop
}

// attendance is the event of somebody present at a gathering at the time, as revision rev of it.
func attendance(tenant, gathering, person, at string, rev int) *schemas.Event {
	moment, err := time.Parse(time.RFC3339, at)
	if err != nil {
		panic(err)
	}
	return &schemas.Event{
		Type: "attendance.recorded.v1", Tenant: tenant, Source: "test", ID: fmt.Sprint(gathering, person, at, rev), Time: moment, Revision: uint32(rev),
		Data: []byte(fmt.Sprintf(`{"gathering_id":%q,"method":"desk","person_id":%q,"present":true,"role":"participant"}`, gathering, person)),
	}
}

// voided is the event's void.
func voided(e *schemas.Event) *schemas.Event {
	void := *e
	void.Voided, void.Reason, void.Revision, void.ID = true, "mistake", e.Revision+1, e.ID+"-void"
	return &void
}

// store inserts events, without a note.
func (h *harness) store(events ...*schemas.Event) {
	h.t.Helper()
	rows := warehouse.NewRows(h.registry.PromotedColumns(), len(events))
	for _, e := range events {
		canonical, err := schemas.Canonical(e.Data)
		must(h.t, err)
		e.Data = canonical
		must(h.t, h.registry.Check(e))
		record, err := h.registry.Derive(e)
		must(h.t, err)
		h.seq++
		must(h.t, rows.Append(e, &record, warehouse.Arrival{Received: time.UnixMilli(int64(h.seq)).UTC(), Seq: h.seq}))
	}
	must(h.t, h.db.InsertEvents(h.t.Context(), rows))
}

// note notes that the communities changed and gives the last one's version.
func (h *harness) note(tenants ...string) stream.Version {
	h.t.Helper()
	must(h.t, h.dirty.Touch(h.t.Context(), tenants...))
	version, err := h.dirty.Version(h.t.Context(), tenants[len(tenants)-1])
	must(h.t, err)
	return version
}

// compute recomputes a community by hand.
func (h *harness) compute(tenant string, version stream.Version) {
	h.t.Helper()
	one := warehouse.Rollup{Tenant: tenant, Version: version.UInt128()}
	must(h.t, h.rollups.Recompute(h.t.Context(), h.zone(tenant), warehouse.Months{}, one))
}

func (h *harness) exec(query string) {
	h.t.Helper()
	if err := h.db.Conn().Exec(h.t.Context(), query); err != nil {
		h.t.Fatalf("%s: %v", query, err)
	}
}

// ask gives a query's only value as text.
func (h *harness) ask(query string) string {
	h.t.Helper()
	var text string
	if err := h.db.Conn().QueryRow(h.t.Context(), "SELECT toString(("+query+"))").Scan(&text); err != nil {
		h.t.Fatalf("%s: %v", query, err)
	}
	return text
}

// expect compares a query's only value.
func (h *harness) expect(query, want string) {
	h.t.Helper()
	if got := h.ask(query); got != want {
		h.t.Errorf("%s = %s, want %s", query, got, want)
	}
}

// months is what the rollups say of a community: persons' acts by month.
func (h *harness) months(tenant string) string {
	h.t.Helper()
	return h.ask("SELECT arraySort(groupArray((month, person, acts))) FROM person_months WHERE tenant = '" + tenant + "'")
}

// computed waits until the community's rollups are those of its last note.
func (h *harness) computed(tenants ...string) {
	h.t.Helper()
	for _, tenant := range tenants {
		eventually(h.t, "rollups of "+tenant, func() bool {
			version, err := h.dirty.Version(h.t.Context(), tenant)
			must(h.t, err)
			return h.ask("SELECT (min(version), max(version)) FROM rollup_months FINAL WHERE tenant = '"+tenant+"'") ==
				fmt.Sprintf("(%s,%s)", version, version)
		})
	}
}

// sound compares every figure with one counted from facts in another way.
func (h *harness) sound(tenants ...string) {
	h.t.Helper()
	for _, tenant := range tenants {
		local := strings.ReplaceAll("toDate32(at, '{zone}')", "{zone}", h.zone(tenant))
		where := " FROM facts FINAL WHERE NOT voided AND mode != '' AND person != '' AND tenant = '" + tenant + "' "
		persons := "SELECT toDate32(toStartOfMonth(" + local + ")) AS month, person, count() AS acts, countIf(mode = 'experiential') AS e, countIf(mode = 'volunteer') AS v" +
			where + "GROUP BY month, person"
		days := "SELECT " + local + " AS day, type, mode, count() AS acts" + where + "GROUP BY day, type, mode"
		if got, want := h.ask("SELECT arraySort(groupArray((month, person, acts, experiential, volunteer))) FROM person_months WHERE tenant = '"+tenant+"'"),
			h.ask("SELECT arraySort(groupArray((month, person, acts, e, v))) FROM ("+persons+")"); got != want {
			h.t.Errorf("%s by person\n got %s\nwant %s", tenant, got, want)
		}
		if got, want := h.ask("SELECT arraySort(groupArray((day, type, mode, acts))) FROM activity_daily WHERE tenant = '"+tenant+"'"),
			h.ask("SELECT arraySort(groupArray((day, type, mode, acts))) FROM ("+days+")"); got != want {
			h.t.Errorf("%s by day\n got %s\nwant %s", tenant, got, want)
		}
	}
}

// eventually waits until the condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for !holds() {
		select {
		case <-deadline.Done():
			t.Fatalf("waited in vain: %s", what)
		case <-ticker.C:
		}
	}
}

// created is when the stream of notes was made.
func (h *harness) created() time.Time {
	h.t.Helper()
	at, err := h.dirty.Created(h.t.Context())
	must(h.t, err)
	return at
}
