package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/crashpoint"
	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
)

// Target is where a backup is put back. No other part of the pipeline may run on it meanwhile.
type Target struct {
	NATS       *nats.Conn
	ClickHouse string // http://user:password@host:port/database
	Topology   stream.Topology
	// Durable is the name of the consumer that fills the warehouse.
	Durable string
	// Migrate brings the empty warehouse to this program's state.
	Migrate func(ctx context.Context) error
	// Suppressed is the current list of erased persons, as `turnout member suppressed --format ndjson` prints it; nil for none.
	Suppressed io.Reader
	// Sweep takes away what the backup still holds of persons on the list of erased persons. It is called only when somebody is on it.
	Sweep    func(ctx context.Context, list *erasures.Store) (erasures.Removed, error)
	Progress Progress
}

// Summary is what a restore brought back.
type Summary struct {
	Rows       map[string]uint64 `json:"rows"`       // by table
	Messages   map[string]uint64 `json:"messages"`   // by stream
	Again      uint64            `json:"again"`      // messages that are delivered once more at the first start
	Suppressed int               `json:"suppressed"` // persons added to the list from the file
	Removed    erasures.Removed  `json:"removed"`    // what the backup still held of persons on the list
}

// Restore puts a verified backup back into an empty stream and an empty warehouse. When it fails, what it made has to be thrown away.
func Restore(ctx context.Context, to Target, dir string, m *Manifest) (*Summary, error) {
	warehouse, err := newHouse(to.ClickHouse)
	if err != nil {
		return nil, err
	}
	js, err := jetstream.New(to.NATS)
	if err != nil {
		return nil, fmt.Errorf("open the stream: %w", err)
	}
	r := &restoring{Target: to, js: js, house: warehouse, dir: dir, manifest: m}
	r.summary = Summary{Rows: map[string]uint64{}, Messages: map[string]uint64{}}
	steps := []func(context.Context) error{r.understood, r.empty, r.begin, r.tables, r.streams, r.letters, r.resume, r.forget, r.touch, r.end}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("restore: %w", err)
		}
	}
	return &r.summary, nil
}

// restoring is a restore under way.
type restoring struct {
	Target
	js       jetstream.JetStream
	house    *house
	dir      string
	manifest *Manifest
	summary  Summary
}

// understood refuses a backup whose warehouse has migrations that this program does not know: what they mean it cannot keep.
func (r *restoring) understood(context.Context) error {
	known, err := warehouse.MigrationNames()
	if err != nil {
		return fmt.Errorf("list the known migrations: %w", err)
	}
	numbered := regexp.MustCompile(`^[0-9]{4}_`)
	var unknown []string
	for name := range r.manifest.Migrations {
		if numbered.MatchString(name) && !slices.Contains(known, name) {
			unknown = append(unknown, name)
		}
	}
	for _, table := range r.manifest.Tables {
		if !slices.Contains(KeptTables(), table.Name) {
			unknown = append(unknown, "table "+table.Name)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	return &problem.Error{
		Code:   "newer_backup",
		Detail: fmt.Sprintf("the backup was made by Turnout %s, which has what this one does not know: %s", r.manifest.Turnout, strings.Join(unknown, ", ")),
		Hint:   "restore it with that version, or a newer one",
	}
}

// empty refuses a target that holds anything. Streams that hold nothing and never did are removed, since they are made anew.
func (r *restoring) empty(ctx context.Context) error {
	present, err := r.house.tables(ctx)
	if err != nil {
		return err
	}
	for _, name := range present {
		count, err := r.house.count(ctx, name)
		if err != nil {
			return err
		}
		if count > 0 && name != "migrations" {
			return notEmpty("table " + r.house.database + "." + name)
		}
	}
	early, late := KeptStreams()
	for _, name := range slices.Concat(early, late, ForgottenStreams()) {
		found, err := r.js.Stream(ctx, name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			continue
		}
		if err != nil {
			return fmt.Errorf("open stream %s: %w", name, err)
		}
		if name != bucketPrefix+stream.LocksBucket && found.CachedInfo().State.LastSeq > 0 {
			return notEmpty("stream " + name)
		}
		if err := r.js.DeleteStream(ctx, name); err != nil {
			return fmt.Errorf("remove the empty stream %s: %w", name, err)
		}
	}
	return nil
}

func notEmpty(what string) error {
	return &problem.Error{
		Code: "not_empty", Detail: what + " is not empty; a backup is restored into empty places only",
		Hint: "give an empty place; what an interrupted restore left behind has to be removed first",
	}
}

// begin makes the tables, and the mark that keeps other programs away until all is done.
func (r *restoring) begin(ctx context.Context) error {
	if err := r.house.run(ctx, "CREATE TABLE IF NOT EXISTS "+warehouse.UnfinishedTable+" (since DateTime DEFAULT now()) ENGINE = MergeTree ORDER BY since", nil, nil); err != nil {
		return fmt.Errorf("mark the warehouse as unfinished: %w", err)
	}
	return r.Migrate(ctx)
}

// end counts what the consumer will be given, and takes the mark away.
func (r *restoring) end(ctx context.Context) error {
	consumer, err := r.js.Consumer(ctx, stream.EventsStream, r.Durable)
	if err != nil {
		return fmt.Errorf("ask for the consumer's position: %w", err)
	}
	r.summary.Again = consumer.CachedInfo().NumPending
	if err := r.house.run(ctx, "DROP TABLE "+warehouse.UnfinishedTable, nil, nil); err != nil {
		return fmt.Errorf("remove the mark of the unfinished warehouse: %w", err)
	}
	return nil
}

func (r *restoring) tables(ctx context.Context) error {
	for _, table := range r.manifest.Tables {
		if err := r.house.load(ctx, r.dir, table, r.Progress); err != nil {
			return err
		}
		r.summary.Rows[table.Name] = table.Rows
		crashpoint.Here("during-restore")
	}
	return nil
}

// streams puts the streams back, and then makes those that the backup had no reason to hold.
func (r *restoring) streams(ctx context.Context) error {
	for _, s := range r.manifest.Streams {
		if err := putBack(ctx, r.NATS, r.dir, s, r.Topology.Replicas, r.Progress); err != nil {
			return err
		}
		r.summary.Messages[s.Name] = s.Messages
	}
	return stream.EnsureTopology(ctx, r.js, r.Topology)
}

// lettersAtOnce are asked for in one query.
const lettersAtOnce = 100

// letters closes those that were closed while the backup was taken: their stream was read before the table that says what became of them.
func (r *restoring) letters(ctx context.Context) error {
	kept := stream.NewDeadLetters(r.js)
	for cursor := uint64(0); ; {
		page, err := kept.List(ctx, "", lettersAtOnce, cursor)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			return nil
		}
		cursor = page[len(page)-1].Cursor
		ids := make([]string, len(page))
		for i := range page {
			ids[i] = quote(page[i].ID)
		}
		type letter struct {
			ID string `json:"id"`
		}
		closed, err := rows[letter](ctx, r.house, "SELECT id FROM dead_letters FINAL WHERE state != 'open' AND id IN ("+strings.Join(ids, ", ")+")")
		if err != nil {
			return fmt.Errorf("ask which dead letters were closed: %w", err)
		}
		for _, l := range closed {
			if err := kept.Discard(ctx, l.ID); err != nil {
				return err
			}
		}
	}
}

// resume makes the durable consumer begin behind the position up to which the tables hold everything. Other settings of the consumer are
// the program's, which brings them to its own at the start. A server that cannot set the position delivers everything again, which takes
// longer and comes to the same.
func (r *restoring) resume(ctx context.Context) error {
	events, _ := r.manifest.Stream(stream.EventsStream) // a stream that the backup lacks is empty now
	_, err := r.js.CreateConsumer(ctx, stream.EventsStream, jetstream.ConsumerConfig{
		Durable: r.Durable, AckPolicy: jetstream.AckExplicitPolicy, MaxDeliver: -1, DeliverPolicy: jetstream.DeliverAllPolicy,
	})
	if err != nil {
		return fmt.Errorf("create consumer %s: %w", r.Durable, err)
	}
	next := min(max(r.manifest.Floor+1, events.First), events.Last+1)
	err = ask(ctx, r.NATS, patience, "$JS.API.CONSUMER.RESET."+stream.EventsStream+"."+r.Durable, map[string]uint64{"seq": next}, &struct{}{})
	if err != nil && !errors.Is(err, nats.ErrNoResponders) {
		return fmt.Errorf("set the consumer's position: %w", err)
	}
	return nil
}

// forget applies the list of erased persons: the backup's own, since an erasure may have been under way when it was taken, and the
// current one, since they may have been erased after it.
func (r *restoring) forget(ctx context.Context) error {
	list, err := erasures.Open(ctx, r.js, r.Topology.Replicas)
	if err != nil {
		return fmt.Errorf("open the list of erased persons: %w", err)
	}
	if r.Suppressed != nil {
		if r.summary.Suppressed, err = list.Load(ctx, r.Suppressed); err != nil {
			return fmt.Errorf("read the list of erased persons: %w", err)
		}
	}
	current, err := list.Refresh(ctx)
	if err != nil {
		return fmt.Errorf("read the list of erased persons: %w", err)
	}
	if len(current.Tenants()) == 0 {
		return nil
	}
	r.Progress("removing erased persons", 0, 0)
	r.summary.Removed, err = r.Sweep(ctx, list)
	return err
}

// touch notes every community, so that all that is computed from facts is computed at the first start.
func (r *restoring) touch(ctx context.Context) error {
	type community struct {
		Tenant string `json:"tenant"`
	}
	communities, err := rows[community](ctx, r.house, "SELECT DISTINCT tenant FROM events UNION DISTINCT SELECT DISTINCT tenant FROM receipts")
	if err != nil {
		return fmt.Errorf("list the communities: %w", err)
	}
	list := make([]string, len(communities))
	for i, c := range communities {
		list[i] = c.Tenant
	}
	return stream.NewDirty(r.js).Touch(ctx, list...)
}
