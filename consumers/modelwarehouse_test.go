package consumers_test

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
)

// outcome is how one call ends: how long it takes, how much of it is done, and what the caller is told.
type outcome struct {
	Takes time.Duration
	Done  share
	Told  told
}

type share int

const (
	all share = iota
	half
	none
)

type told int

const (
	success told = iota
	trouble
	blame // of the data, without cause
)

// place is where an event was in the stream.
type place struct {
	seq   uint64
	index int
}

// kept is what the warehouse and the stream of dead letters hold in the end, each with the step at which it was first there.
type kept struct {
	rows, receipts map[place]int
	letters        map[string]int
	mirrored       map[string]int
	notes          map[string]int // the last note of each tenant: the step at which it was asked for
}

// call runs one call of a consumer: it takes its time, does its share of n parts, and answers.
func (c *modelConsumer) call(ctx context.Context, what string, outcomes *[]outcome, n int, do func(i, begun int)) error {
	s := c.stream
	s.mu.Lock()
	if !c.dead { // who was killed asks once more, with a context that has ended
		c.pausesOf(what).begin(s, what)
	}
	begun := s.tick()
	o := pop(outcomes)
	s.mu.Unlock()
	timer := time.NewTimer(o.Takes)
	defer timer.Stop()
	var gone error
	select {
	case <-timer.C:
	case <-ctx.Done():
		gone = ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range map[share]int{all: n, half: n / 2, none: 0}[o.Done] {
		do(i, begun)
	}
	err := gone
	switch {
	case gone != nil:
	case o.Told == blame:
		err = &clickhouse.Exception{Code: 469, Message: "a violated constraint"}
	case o.Told == trouble, o.Done != all:
		err = errModel
	}
	c.pausesOf(what).end(err != nil && !warehouse.BlamesData(err))
	return err
}

// InsertEvents refuses every batch that holds a poisoned row, whatever it has stored of it before it saw that.
func (c *modelConsumer) InsertEvents(ctx context.Context, rows *warehouse.Rows) error {
	poisoned := false
	err := c.call(ctx, "insert events", &c.stream.plan.Inserts, rows.Len(), func(i, _ int) {
		_, _, _, id := rows.At(i)
		if poisoned = poisoned || strings.HasPrefix(id, "poison"); !poisoned {
			seq, index := rows.Position(i)
			c.stream.keep(c.stream.kept.rows, place{seq, index})
		}
	})
	for i := range rows.Len() {
		if _, _, _, id := rows.At(i); err == nil && strings.HasPrefix(id, "poison") {
			return &clickhouse.Exception{Code: 469, Message: "a poisoned row"}
		}
	}
	return err
}

func (c *modelConsumer) InsertReceipts(ctx context.Context, receipts []warehouse.Receipt) error {
	return c.call(ctx, "insert receipts", &c.stream.plan.Receipts, len(receipts), func(i, _ int) {
		for _, position := range receipts[i].Positions {
			for _, m := range c.stream.messages {
				for index := range m.tenants {
					if stream.Position(m.seq, index) == position {
						c.stream.keep(c.stream.kept.receipts, place{m.seq, index})
					}
				}
			}
		}
	})
}

// InsertErasedReceipts is never called: nobody is erased in the model.
func (c *modelConsumer) InsertErasedReceipts(context.Context, []warehouse.Receipt) error {
	return errors.New("nobody was erased")
}

// KnownOtherwise is never called either.
func (c *modelConsumer) KnownOtherwise(context.Context, string, []warehouse.Identity) (map[warehouse.Identity]bool, error) {
	return nil, errors.New("nobody was erased")
}

func (c *modelConsumer) InsertDeadLetters(ctx context.Context, letters []warehouse.DeadLetter) error {
	return c.call(ctx, "mirror letters", &c.stream.plan.Mirrors, len(letters), func(i, _ int) {
		keepIn(c.stream, c.stream.kept.mirrored, letters[i].ID)
	})
}

func (c *modelConsumer) Put(ctx context.Context, letter *stream.DeadLetter) error {
	return c.call(ctx, "keep a letter", &c.stream.plan.Puts, 1, func(int, int) {
		keepIn(c.stream, c.stream.kept.letters, letter.ID)
	})
}

// Touch notes tenants. What counts is when it was asked for: who reads the note's number before sees nothing of later rows.
func (c *modelConsumer) Touch(ctx context.Context, tenants ...string) error {
	return c.call(ctx, "note tenants", &c.stream.plan.Notes, len(tenants), func(i, begun int) {
		c.stream.kept.notes[tenants[i]] = max(c.stream.kept.notes[tenants[i]], begun)
	})
}

func (s *modelStream) keep(in map[place]int, at place) { keepIn(s, in, at) }

func keepIn[K comparable](s *modelStream, in map[K]int, key K) {
	if _, found := in[key]; !found {
		in[key] = s.tick()
	}
}

// mayAcknowledge holds an acknowledgement against what is kept.
func (s *modelStream) mayAcknowledge(d *modelDelivery) {
	for index, tenant := range d.tenants {
		at := place{d.seq, index}
		id := stream.LetterID(d.seq, index)
		row, isRow := s.kept.rows[at]
		letter, isLetter := s.kept.letters[id]
		_, isMirrored := s.kept.mirrored[id]
		_, isReceived := s.kept.receipts[at]
		noted, isNoted := s.kept.notes[tenant]
		switch {
		case !isRow && !isLetter:
			s.faultf("event %v was acknowledged and is neither stored nor a dead letter", at)
		case isLetter && !isMirrored && !isRow:
			s.faultf("dead letter %s was acknowledged and is not in the warehouse", id)
		case !isReceived:
			s.faultf("event %v was acknowledged without a receipt", at)
		case tenant != "" && (!isNoted || isRow && noted < row || isLetter && !isRow && noted < letter):
			s.faultf("event %v was acknowledged and %q was not noted after it was stored", at, tenant)
		}
	}
}

// pausesOf are those of one step: receipts are noted beside the events.
func (c *modelConsumer) pausesOf(what string) *pauses {
	if c.pauses[what] == nil {
		c.pauses[what] = &pauses{atLeast: retryAtLeast, atMost: retryAtMost}
	}
	return c.pauses[what]
}

// pauses watches the time between a failed try and the next one.
type pauses struct {
	atLeast, atMost time.Duration
	failures        int
	failed          time.Time
}

func (p *pauses) begin(s *modelStream, what string) {
	if p.failures == 0 {
		return
	}
	most := min(p.atLeast<<min(p.failures-1, 20), p.atMost)
	if pause := time.Since(p.failed); pause < most/2 || pause > most {
		s.faultf("%s: %s after failure %d, want %s to %s", what, pause, p.failures, most/2, most)
	}
}

func (p *pauses) end(failed bool) {
	if !failed {
		p.failures = 0
		return
	}
	p.failures++
	p.failed = time.Now()
}
