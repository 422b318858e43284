package consumers

import (
	"context"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/stream"
)

// ClosedLetters tells which of the dead letters with these ids were replayed or discarded; *warehouse.DB does.
type ClosedLetters interface {
	ClosedLetters(ctx context.Context, ids []string) (map[string]bool, error)
}

// Replayed says what a replay read.
type Replayed struct {
	// First and Last are the sequences that it was asked for.
	First uint64 `json:"first"`
	Last  uint64 `json:"last"`
	// Messages and Events were read; DeadLetters of the events are at fault.
	Messages    uint64 `json:"messages"`
	Events      uint64 `json:"events"`
	DeadLetters uint64 `json:"dead_letters"`
}

// Replay reads messages of the stream again, from one sequence to another, both included, and stores them as a Consumer would. What is
// stored already stays as it is, what is missing comes back; dead letters that were replayed or discarded stay closed. It needs no
// consumer and disturbs none. Broken off, it may be begun again anywhere.
func Replay(ctx context.Context, cfg Config, closed ClosedLetters, first, last uint64, progress func(done, total uint64)) (Replayed, error) {
	cfg.Announcer, cfg.Registerer = nil, nil // nothing new is told or counted
	c, err := New(cfg)
	if err != nil {
		return Replayed{}, err
	}
	r := &replay{Consumer: c, closed: closed, done: Replayed{First: first, Last: last}}
	r.reset()
	err = stream.Walk(ctx, cfg.Stream, first, last, func(msg jetstream.Msg, seq uint64) error {
		r.done.Messages++
		if c.take(r.batch, msg); !c.full(r.batch) {
			return nil
		}
		progress(seq-first+1, last-first+1)
		return r.flush(ctx)
	})
	if err == nil {
		err = r.flush(ctx)
	}
	if err != nil {
		return r.done, fmt.Errorf("replay from %d to %d: %w", first, last, err)
	}
	progress(last-first+1, last-first+1)
	return r.done, nil
}

// replay is a consumer that is handed its messages.
type replay struct {
	*Consumer

	closed ClosedLetters
	batch  *batch
	done   Replayed
}

func (r *replay) reset() {
	r.batch = newBatch(r.cfg.Registry.PromotedColumns(), 0, r.now())
	r.batch.list = r.list()
}

// flush stores the batch as any batch is stored, but leaves letters out that are closed.
func (r *replay) flush(ctx context.Context) error {
	b := r.batch
	if b.empty() {
		return nil
	}
	r.done.Events += uint64(b.rows.Len() + len(b.letters))
	r.done.DeadLetters += uint64(len(b.letters))
	open, err := r.open(ctx, b.letters)
	if err != nil {
		return err
	}
	b.letters = open
	r.reset()
	return r.store(ctx, b)
}

func (r *replay) open(ctx context.Context, letters []stream.DeadLetter) ([]stream.DeadLetter, error) {
	if len(letters) == 0 {
		return nil, nil
	}
	ids := make([]string, len(letters))
	for i := range letters {
		ids[i] = letters[i].ID
	}
	closed, err := r.closed.ClosedLetters(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("ask which dead letters are closed: %w", err)
	}
	r.batch.closed = closed
	return slices.DeleteFunc(letters, func(l stream.DeadLetter) bool { return closed[l.ID] }), nil
}
