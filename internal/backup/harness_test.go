package backup_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/consumers"
	"github.com/turnout/turnout/consumers/consumerstest"
	"github.com/turnout/turnout/consumers/erasure"
	"github.com/turnout/turnout/internal/backup"
	"github.com/turnout/turnout/internal/embedded/embeddedtest"
	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/tenants"
	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

func TestMain(m *testing.M) { embeddedtest.Main(m) }

// place is a stream and a warehouse with real engines.
type place struct {
	t        testing.TB
	nc       *nats.Conn
	js       jetstream.JetStream
	url      string
	db       *warehouse.DB
	registry *schemas.Registry
}

// newPlace has nothing yet: neither streams nor tables.
func newPlace(t testing.TB) *place {
	t.Helper()
	nc, err := nats.Connect(embeddedtest.NATS(t))
	must(t, err)
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	must(t, err)
	registry, err := schemas.Builtin()
	must(t, err)
	url := embeddedtest.ClickHouse(t)
	db, err := warehouse.Open(t.Context(), url, warehouse.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	return &place{t: t, nc: nc, js: js, url: url, db: db, registry: registry}
}

// storedPlace has a hundred attendances in the warehouse, and no consumer any more.
func storedPlace(t testing.TB) *place {
	t.Helper()
	p := newPlace(t)
	p.furnish()
	stop := p.consume()
	p.attendance(0, 100)
	p.drained()
	stop()
	return p
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (p *place) topology() stream.Topology { return stream.Topology{MaxPayload: p.nc.MaxPayload()} }

// furnish makes streams and tables.
func (p *place) furnish() {
	p.t.Helper()
	must(p.t, stream.EnsureTopology(p.t.Context(), p.js, p.topology()))
	must(p.t, p.db.Migrate(p.t.Context(), p.registry))
}

// consume stores what is published, until the returned function is called or the test ends.
func (p *place) consume() (stop func()) {
	p.t.Helper()
	erased, err := erasures.Open(p.t.Context(), p.js, 1)
	must(p.t, err)
	return consumerstest.Run(p.t, consumers.Config{
		Erased: erased, Stream: p.js, Registry: p.registry, Warehouse: p.db, Letters: stream.NewDeadLetters(p.js), Notes: stream.NewDirty(p.js),
		Logger: slog.New(slog.DiscardHandler), Linger: 5 * time.Millisecond,
	})
}

// drained waits until everything published is stored and acknowledged.
func (p *place) drained() {
	p.t.Helper()
	events, err := p.js.Stream(p.t.Context(), stream.EventsStream)
	must(p.t, err)
	info, err := events.Info(p.t.Context())
	must(p.t, err)
	deadline := time.NewTimer(time.Minute)
	defer deadline.Stop()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		source, err := p.js.Consumer(p.t.Context(), stream.EventsStream, consumers.Durable)
		if err == nil && source.CachedInfo().AckFloor.Stream >= info.State.LastSeq && source.CachedInfo().NumAckPending == 0 {
			return
		}
		select {
		case <-deadline.C:
			p.t.Fatalf("not everything is stored: %v", err)
		case <-ticker.C:
		}
	}
}

// publish sends a message on a subject of EVENTS.
func (p *place) publish(subject, body string) {
	p.t.Helper()
	msg := nats.NewMsg(subject)
	msg.Header.Set(stream.HeaderContentType, stream.MediaLines)
	if subject != stream.PackSubject("") {
		msg.Header.Set(stream.HeaderContentType, stream.MediaStructured)
	}
	msg.Data = []byte(body)
	_, err := p.js.PublishMsg(p.t.Context(), msg)
	must(p.t, err)
}

// attendance publishes attendances, packed, from number low up to high.
func (p *place) attendance(low, high int) {
	p.t.Helper()
	var pack string
	for i := low; i < high; i++ {
		pack += fmt.Sprintf(`{"specversion":"1.0","id":"a%d","source":"/desk","tenant":"uni","type":"attendance.recorded.v1","time":"20%02d-03-%02dT18:00:00Z","data":{"gathering_id":"g%d","person_id":"p%d","present":true,"role":"participant","method":"desk"}}`+"\n",
			i, 10+i%12, 1+i%28, i%40, i)
		if i%50 == 49 || i == high-1 {
			p.publish(stream.PackSubject(""), pack)
			pack = ""
		}
	}
}

// nonsense publishes what becomes a dead letter.
func (p *place) nonsense(id string) {
	p.t.Helper()
	p.publish(stream.EventSubject("uni", "attendance.recorded.v1"),
		`{"specversion":"1.0","id":"`+id+`","source":"/desk","type":"attendance.recorded.v1","time":"2024-03-01T18:00:00Z","data":{}}`)
}

// take takes a backup into a new folder.
func (p *place) take(progress backup.Progress) (string, *backup.Manifest) {
	p.t.Helper()
	if progress == nil {
		progress = silent
	}
	dir := filepath.Join(p.t.TempDir(), "backup")
	m, err := backup.Take(p.t.Context(), p.source(progress), dir)
	must(p.t, err)
	return dir, m
}

func (p *place) source(progress backup.Progress) backup.Source {
	return backup.Source{NATS: p.nc, ClickHouse: p.url, Durable: consumers.Durable, Version: "test", Logger: slog.New(slog.DiscardHandler), Progress: progress}
}

// restore puts a backup back here.
func (p *place) restore(dir string) (*backup.Summary, error) {
	p.t.Helper()
	m, err := backup.Verify(p.t.Context(), dir, silent)
	if err != nil {
		return nil, err
	}
	return backup.Restore(p.t.Context(), p.target(), dir, m)
}

func (p *place) target() backup.Target {
	return backup.Target{
		NATS: p.nc, ClickHouse: p.url, Topology: p.topology(), Durable: consumers.Durable,
		Migrate: func(ctx context.Context) error { return p.db.Migrate(ctx, p.registry) },
		Sweep:   p.sweep, Progress: silent,
	}
}

// sweep removes erased persons as the program does.
func (p *place) sweep(ctx context.Context, list *erasures.Store) (erasures.Removed, error) {
	return erasure.Sweep(ctx, erasure.Config{
		Stream: p.js, Registry: p.registry, Warehouse: p.db, Letters: stream.NewDeadLetters(p.js), Store: list, Notes: stream.NewDirty(p.js),
		Policy: func(string) string { return tenants.PolicyDelete }, Logger: slog.New(slog.DiscardHandler),
	})
}

func silent(string, uint64, uint64) {}

// ask gives a query's only value as text.
func (p *place) ask(query string) string {
	p.t.Helper()
	var text string
	if err := p.db.Conn().QueryRow(p.t.Context(), "SELECT toString(("+query+"))").Scan(&text); err != nil {
		p.t.Fatalf("%s: %v", query, err)
	}
	return text
}

// same compares the answers of two places.
func same(t *testing.T, a, b *place, queries ...string) {
	t.Helper()
	for _, query := range queries {
		if before, after := a.ask(query), b.ask(query); before != after {
			t.Errorf("%s: %s before, %s after", query, before, after)
		}
	}
}

// contents are queries that a restore must not change. Which of several deliveries a fact names is left open.
func contents() []string {
	return []string{
		"SELECT (count(), groupBitXor(cityHash64(toString(tuple(*))))) FROM events FINAL",
		"SELECT (count(), groupBitXor(cityHash64(toString(tuple(* EXCEPT received))))) FROM facts FINAL",
		"SELECT (count(), groupBitXor(cityHash64(toString(tuple(*))))) FROM dead_letters FINAL",
		"SELECT groupArray((tenant, source, day, n)) FROM (SELECT tenant, source, day, groupBitmapMerge(received) AS n FROM receipts GROUP BY ALL ORDER BY ALL)",
	}
}

func copyDir(t *testing.T, from string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	must(t, os.CopyFS(to, os.DirFS(from)))
	return to
}
