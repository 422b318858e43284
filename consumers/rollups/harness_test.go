package rollups_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/turnout/turnout/consumers/consumerstest"
	"github.com/turnout/turnout/consumers/rollups"
	"github.com/turnout/turnout/internal/embedded/embeddedtest"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

func TestMain(m *testing.M) { embeddedtest.Main(m) }

// harness is a stream and a warehouse of a test's own, with real engines.
type harness struct {
	*consumerstest.House

	rollups *warehouse.Rollups
	dirty   *stream.Dirty
	zone    func(tenant string) string
	seq     uint64

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
	h := consumerstest.On(t, address)
	computed, err := warehouse.NewRollups(h.DB, h.Registry)
	consumerstest.Must(t, err)
	return &harness{House: h, rollups: computed, dirty: stream.NewDirty(h.JS), zone: func(string) string { return "UTC" }, tenant: "acme"}
}

// config is that of a worker in a hurry.
func (h *harness) config() rollups.Config {
	return rollups.Config{
		Stream: h.JS, Warehouse: h.rollups, Zone: func(tenant string) string { return h.zone(tenant) }, Logger: slog.New(slog.DiscardHandler),
		Linger: time.Millisecond, Pause: time.Millisecond, Share: 1, Rest: time.Millisecond,
		RetryAtLeast: 5 * time.Millisecond, RetryAtMost: 50 * time.Millisecond,
	}
}

// start runs a worker until the test ends or the returned function stops it.
func (h *harness) start(cfg rollups.Config) (stop func()) {
	h.T.Helper()
	w, err := rollups.New(cfg)
	consumerstest.Must(h.T, err)
	w.Start(h.T.Context())
	h.T.Cleanup(w.Stop)
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
	h.T.Helper()
	rows := warehouse.NewRows(h.Registry.PromotedColumns(), len(events))
	for _, e := range events {
		canonical, err := schemas.Canonical(e.Data)
		consumerstest.Must(h.T, err)
		e.Data = canonical
		consumerstest.Must(h.T, h.Registry.Check(e))
		record, err := h.Registry.Derive(e)
		consumerstest.Must(h.T, err)
		h.seq++
		consumerstest.Must(h.T, rows.Append(e, &record, warehouse.Arrival{Received: time.UnixMilli(int64(h.seq)).UTC(), Seq: h.seq}))
	}
	consumerstest.Must(h.T, h.DB.InsertEvents(h.T.Context(), rows))
}

// note notes that the communities changed and gives the last one's version.
func (h *harness) note(tenants ...string) stream.Version {
	h.T.Helper()
	consumerstest.Must(h.T, h.dirty.Touch(h.T.Context(), tenants...))
	version, err := h.dirty.Version(h.T.Context(), tenants[len(tenants)-1])
	consumerstest.Must(h.T, err)
	return version
}

// compute recomputes a community by hand.
func (h *harness) compute(tenant string, version stream.Version) {
	h.T.Helper()
	one := warehouse.Rollup{Tenant: tenant, Version: version.UInt128()}
	consumerstest.Must(h.T, h.rollups.Recompute(h.T.Context(), h.zone(tenant), warehouse.Months{}, one))
}

// months is what the rollups say of a community: persons' acts by month.
func (h *harness) months(tenant string) string {
	h.T.Helper()
	return h.Ask("SELECT arraySort(groupArray((month, person, acts))) FROM person_months WHERE tenant = '" + tenant + "'")
}

// computed waits until the community's rollups are those of its last note.
func (h *harness) computed(tenants ...string) {
	h.T.Helper()
	for _, tenant := range tenants {
		consumerstest.Eventually(h.T, "rollups of "+tenant, func() bool {
			version, err := h.dirty.Version(h.T.Context(), tenant)
			consumerstest.Must(h.T, err)
			return h.Ask("SELECT (min(version), max(version)) FROM rollup_months FINAL WHERE tenant = '"+tenant+"'") ==
				fmt.Sprintf("(%s,%s)", version, version)
		})
	}
}

// sound compares every figure with one counted from facts in another way.
func (h *harness) sound(tenants ...string) {
	h.T.Helper()
	for _, tenant := range tenants {
		local := strings.ReplaceAll("toDate32(at, '{zone}')", "{zone}", h.zone(tenant))
		where := " FROM facts FINAL WHERE NOT voided AND mode != '' AND person != '' AND tenant = '" + tenant + "' "
		persons := "SELECT toDate32(toStartOfMonth(" + local + ")) AS month, person, count() AS acts, countIf(mode = 'experiential') AS e, countIf(mode = 'volunteer') AS v" +
			where + "GROUP BY month, person"
		days := "SELECT " + local + " AS day, type, mode, count() AS acts" + where + "GROUP BY day, type, mode"
		if got, want := h.Ask("SELECT arraySort(groupArray((month, person, acts, experiential, volunteer))) FROM person_months WHERE tenant = '"+tenant+"'"),
			h.Ask("SELECT arraySort(groupArray((month, person, acts, e, v))) FROM ("+persons+")"); got != want {
			h.T.Errorf("%s by person\n got %s\nwant %s", tenant, got, want)
		}
		if got, want := h.Ask("SELECT arraySort(groupArray((day, type, mode, acts))) FROM activity_daily WHERE tenant = '"+tenant+"'"),
			h.Ask("SELECT arraySort(groupArray((day, type, mode, acts))) FROM ("+days+")"); got != want {
			h.T.Errorf("%s by day\n got %s\nwant %s", tenant, got, want)
		}
	}
}

// created is when the stream of notes was made.
func (h *harness) created() time.Time {
	h.T.Helper()
	at, err := h.dirty.Created(h.T.Context())
	consumerstest.Must(h.T, err)
	return at
}
