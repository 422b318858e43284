package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/crashpoint"
	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/tenants"
)

const bucketPrefix = "KV_" // of the streams below buckets

// KeptStreams are the streams of a backup, in the order in which they are read.
//
// The dead letters come before the tables: whatever happens to a letter after the noted position, its event is delivered again. EVENTS
// comes after the tables, so that it holds whatever they hold, and the list of erased persons last: a restore applies it to all others.
func KeptStreams() (early, late []string) {
	return []string{stream.DeadLettersStream}, []string{
		stream.EventsStream, bucketPrefix + tenants.Bucket, bucketPrefix + erasures.RequestsBucket, bucketPrefix + erasures.SuppressedBucket,
	}
}

// ForgottenStreams are in no backup: notes, locks and the last audit, which the program makes anew.
func ForgottenStreams() []string {
	return []string{stream.DirtyStream, bucketPrefix + stream.LocksBucket, bucketPrefix + "AUDIT"}
}

// Source is what a backup is taken of.
type Source struct {
	NATS       *nats.Conn
	ClickHouse string // http://user:password@host:port/database
	// Durable is the name of the consumer that fills the warehouse.
	Durable string
	// Keys is the file with the hashes of the API keys; it need not exist.
	Keys     string
	Version  string
	Logger   *slog.Logger
	Progress Progress
}

// Take writes a backup into the folder, which must be missing or empty. Publishing and storing go on meanwhile; erasures wait until it
// is done, since half of one would be worse than none.
func Take(ctx context.Context, from Source, path string) (*Manifest, error) {
	warehouse, err := newHouse(from.ClickHouse)
	if err != nil {
		return nil, err
	}
	js, err := jetstream.New(from.NATS)
	if err != nil {
		return nil, fmt.Errorf("open the stream: %w", err)
	}
	to, err := makeFolder(path)
	if err != nil {
		return nil, err
	}
	t := &taking{Source: from, js: js, house: warehouse, to: to}
	from.Progress("waiting for erasures", 0, 0)
	if err := stream.WithLock(ctx, js, erasures.Lock, t.run); err != nil {
		if cleaning := to.remove(); cleaning != nil {
			err = errors.Join(err, fmt.Errorf("remove the unfinished backup: %w", cleaning))
		}
		return nil, fmt.Errorf("take a backup: %w", err)
	}
	return &t.manifest, nil
}

// taking is a backup under way.
type taking struct {
	Source
	js       jetstream.JetStream
	house    *house
	to       *folder
	manifest Manifest
}

func (t *taking) run(ctx context.Context) error {
	t.manifest = Manifest{Format: Format, Turnout: t.Version, Created: time.Now().UTC().Truncate(time.Millisecond)}
	var err error
	if t.manifest.Floor, err = floor(ctx, t.js, t.Durable); err != nil {
		return err
	}
	if t.manifest.Migrations, err = t.migrations(ctx); err != nil {
		return err
	}
	early, late := KeptStreams()
	if err := t.streams(ctx, early); err != nil {
		return err
	}
	if err := t.tables(ctx); err != nil {
		return err
	}
	if err := t.streams(ctx, late); err != nil {
		return err
	}
	if err := t.keys(); err != nil {
		return err
	}
	t.manifest.Files = t.to.files
	if err := t.to.sync(); err != nil {
		return err
	}
	crashpoint.Here("before-manifest")
	return t.manifest.write(t.to.path)
}

// floor is the position up to which the warehouse has everything: an event is acknowledged only when it is stored.
func floor(ctx context.Context, js jetstream.JetStream, durable string) (uint64, error) {
	consumer, err := js.Consumer(ctx, stream.EventsStream, durable)
	if errors.Is(err, jetstream.ErrConsumerNotFound) || errors.Is(err, jetstream.ErrStreamNotFound) {
		return 0, nil // nothing was ever stored
	}
	if err != nil {
		return 0, fmt.Errorf("ask how far the warehouse is: %w", err)
	}
	return consumer.CachedInfo().AckFloor.Stream, nil
}

func (t *taking) migrations(ctx context.Context) (map[string]string, error) {
	type migration struct {
		Name     string `json:"name"`
		Checksum string `json:"checksum"`
	}
	applied, err := rows[migration](ctx, t.house, "SELECT name, argMax(checksum, applied) AS checksum FROM migrations GROUP BY name ORDER BY name")
	if err != nil {
		return nil, fmt.Errorf("read which migrations the warehouse has: %w", err)
	}
	known := make(map[string]string, len(applied))
	for _, m := range applied {
		known[m.Name] = m.Checksum
	}
	return known, nil
}

// streams copies those that exist.
func (t *taking) streams(ctx context.Context, wanted []string) error {
	for _, name := range wanted {
		_, err := t.js.Stream(ctx, name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			continue
		}
		if err != nil {
			return fmt.Errorf("open stream %s: %w", name, err)
		}
		copied, err := snapshot(ctx, t.NATS, t.to, name, t.Progress)
		if err != nil {
			return err
		}
		t.manifest.Streams = append(t.manifest.Streams, copied)
		crashpoint.Here("during-backup")
	}
	return nil
}

// tables copies those that exist.
func (t *taking) tables(ctx context.Context) error {
	present, err := t.house.tables(ctx)
	if err != nil {
		return err
	}
	for _, name := range KeptTables() {
		if !slices.Contains(present, name) {
			continue
		}
		copied, err := t.house.dump(ctx, t.to, name, t.Progress)
		if err != nil {
			return err
		}
		t.manifest.Tables = append(t.manifest.Tables, copied)
		crashpoint.Here("during-backup")
	}
	return nil
}

// keys copies the hashes of the API keys: with them a restored program knows its publishers; without the keys themselves, which nobody
// keeps, they open nothing.
func (t *taking) keys() error {
	if t.Keys == "" {
		return nil
	}
	raw, err := os.ReadFile(t.Keys)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the API keys: %w", err)
	}
	t.manifest.Keys = true
	return t.to.write(keysFile, func(w io.Writer) error {
		_, err := w.Write(raw)
		return err
	})
}
