package stream

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/schemas"
)

// DirtyStream keeps one note a community: that what readers see of it has changed.
const DirtyStream = "DIRTY"

const (
	dirtyPrefix = "turnout.dirty."
	// notesAtOnce are under way before the first must be acknowledged; the server takes a thousand in a batch.
	notesAtOnce = 500
	// fewestTogether are published as a batch: fewer are faster singly.
	fewestTogether = 16
)

// DirtySubject is where a community's note lies; "*" stands for every community.
func DirtySubject(tenant string) string { return dirtyPrefix + tenant }

// Version orders the states of a community: whoever reads the warehouse after having learnt a version sees everything that was stored
// before it. The stream's creation stands first, so that a stream made anew never loses to what was computed under its predecessor.
// Versions are comparable with ==; the zero Version is that of a community of which nothing was ever noted.
type Version struct {
	Created time.Time // of the stream DIRTY, UTC
	Seq     uint64    // of the community's last note
}

// IsZero reports whether nothing was ever noted.
func (v Version) IsZero() bool { return v == Version{} }

// UInt128 is the version as one number that grows: nanoseconds since 1970 of the creation, shifted by 64 bits, and the sequence.
func (v Version) UInt128() *big.Int {
	if v.IsZero() {
		return new(big.Int)
	}
	var number [16]byte
	binary.BigEndian.PutUint64(number[:8], uint64(v.Created.UnixNano()))
	binary.BigEndian.PutUint64(number[8:], v.Seq)
	return new(big.Int).SetBytes(number[:])
}

// String is the version as a decimal number, as the warehouse has it.
func (v Version) String() string { return v.UInt128().String() }

// Dirty is the stream of communities that changed.
type Dirty struct{ js jetstream.JetStream }

// NewDirty gives access to the notes kept in js.
func NewDirty(js jetstream.JetStream) *Dirty { return &Dirty{js: js} }

// Touch notes that what readers see of the communities has changed, and returns when every note is acknowledged. It is called after the
// change has been stored and before whatever led to it is acknowledged; after an error it has to be called again. What is no community's
// name (a dead letter may say anything) is passed over.
func (d *Dirty) Touch(ctx context.Context, tenants ...string) error {
	names := slices.DeleteFunc(slices.Clone(tenants), func(name string) bool { return !schemas.ValidTenant(name) })
	slices.Sort(names)
	for part := range slices.Chunk(slices.Compact(names), notesAtOnce) {
		if len(part) >= fewestTogether && d.touchTogether(ctx, part) == nil {
			continue
		}
		if err := d.touchEach(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

// touchTogether publishes notes as one atomic batch: a server that syncs always then syncs once, not at every note (measured: 1,000 notes in
// 0.12 s instead of 0.9 s). Whatever goes wrong, the notes may be published again.
func (d *Dirty) touchTogether(ctx context.Context, tenants []string) error {
	batch, nc := rand.Text(), d.js.Conn()
	for i, tenant := range tenants {
		note := nats.NewMsg(DirtySubject(tenant))
		note.Header.Set("Nats-Batch-Id", batch)
		note.Header.Set("Nats-Batch-Sequence", strconv.Itoa(i+1))
		if i < len(tenants)-1 {
			if err := nc.PublishMsg(note); err != nil {
				return fmt.Errorf("note changes together: %w", err)
			}
			continue
		}
		note.Header.Set("Nats-Batch-Commit", "1")
		answer, err := request(ctx, nc, note)
		if err != nil {
			return fmt.Errorf("note changes together: %w", err)
		}
		var kept struct {
			Batch string `json:"batch"`
			Count int    `json:"count"`
		}
		if err := json.Unmarshal(answer.Data, &kept); err != nil || kept.Batch != batch || kept.Count != len(tenants) {
			return fmt.Errorf("note changes together: the server answered %q", answer.Data)
		}
	}
	return nil
}

// request waits for an answer no longer than noteTimeout.
func request(ctx context.Context, nc *nats.Conn, note *nats.Msg) (*nats.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, noteTimeout)
	defer cancel()
	return nc.RequestMsgWithContext(ctx, note) //nolint:wrapcheck // the caller says what for
}

func (d *Dirty) touchEach(ctx context.Context, tenants []string) error {
	notes := make([]jetstream.PubAckFuture, 0, len(tenants))
	for _, tenant := range tenants {
		note, err := d.js.PublishMsgAsync(nats.NewMsg(DirtySubject(tenant)))
		if err != nil {
			return fmt.Errorf("note that %s changed: %w", tenant, err)
		}
		notes = append(notes, note)
	}
	for _, note := range notes {
		if err := settle(ctx, note); err != nil {
			return err
		}
	}
	return nil
}

// settle waits for a note's acknowledgement.
func settle(ctx context.Context, note jetstream.PubAckFuture) error {
	waiting, cancel := context.WithTimeout(ctx, noteTimeout)
	defer cancel()
	select {
	case <-note.Ok():
		return nil
	case err := <-note.Err():
		return fmt.Errorf("note a change on %s: %w", note.Msg().Subject, err)
	case <-waiting.Done():
		return fmt.Errorf("note a change on %s: %w", note.Msg().Subject, waiting.Err())
	}
}

// noteTimeout bounds the wait for one acknowledgement: the client does not say when an answer is lost with its connection.
const noteTimeout = 10 * time.Second

// Version is a community's version as of now; zero when nothing was ever noted of it. It takes two requests to the server.
func (d *Dirty) Version(ctx context.Context, tenant string) (Version, error) {
	notes, err := d.js.Stream(ctx, DirtyStream)
	if err != nil {
		return Version{}, fmt.Errorf("open the stream of changes: %w", err)
	}
	note, err := notes.GetLastMsgForSubject(ctx, DirtySubject(tenant))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return Version{}, nil
	}
	if err != nil {
		return Version{}, fmt.Errorf("read the last change of %s: %w", tenant, err)
	}
	return Version{Created: created(notes), Seq: note.Sequence}, nil
}

// Created is when the stream was made, the first part of every version.
func (d *Dirty) Created(ctx context.Context) (time.Time, error) {
	notes, err := d.js.Stream(ctx, DirtyStream)
	if err != nil {
		return time.Time{}, fmt.Errorf("open the stream of changes: %w", err)
	}
	return created(notes), nil
}

// created is normalised so that equal instants are equal values.
func created(notes jetstream.Stream) time.Time {
	return time.Unix(0, notes.CachedInfo().Created.UnixNano()).UTC()
}
