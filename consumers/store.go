package consumers

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/turnout/turnout/internal/crashpoint"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

// store brings everything of a batch where it belongs and returns when it is there, or with ctx's error.
func (c *Consumer) store(ctx context.Context, b *batch) error {
	begun := c.now()
	if err := c.screen(ctx, b); err != nil {
		return err
	}
	// Both at once: either may be repeated, and the batch is not acknowledged before both are there.
	receipts, noted := b.receiptRows(), make(chan error, 1)
	go func() {
		noted <- c.retry(ctx, "note receipts", func() error { return c.cfg.Warehouse.InsertReceipts(ctx, receipts) })
	}()
	stored := c.storeRows(ctx, b, 0, b.rows.Len())
	if err := errors.Join(stored, <-noted); err != nil {
		return err
	}
	if erased := b.erasedReceipts(); len(erased) > 0 {
		if err := c.retry(ctx, "note what was erased", func() error { return c.cfg.Warehouse.InsertErasedReceipts(ctx, erased) }); err != nil {
			return err
		}
	}
	if err := c.storeLetters(ctx, b.letters); err != nil {
		return err
	}
	// Only now: whoever learns of a change must find it in the warehouse.
	crashpoint.Here("before-note")
	tenants := b.tenants()
	if err := c.retry(ctx, "note what changed", func() error { return c.cfg.Notes.Touch(ctx, tenants...) }); err != nil {
		return err
	}
	c.metrics.observe(b, c.now().Sub(begun), c.now())
	c.announce(b)
	return c.ask(ctx, b)
}

// storeRows inserts the rows from low up to high. When the warehouse blames the data, it halves them until the row at fault stands alone
// and becomes a dead letter.
func (c *Consumer) storeRows(ctx context.Context, b *batch, low, high int) error {
	if low == high {
		return nil
	}
	part := b.rows.Slice(low, high)
	var refusal error
	err := c.retry(ctx, "insert events", func() error {
		crashpoint.Here("before-insert")
		refusal = c.cfg.Warehouse.InsertEvents(ctx, part)
		crashpoint.Here("after-insert")
		if refusal == nil || warehouse.BlamesData(refusal) {
			return nil
		}
		return refusal
	})
	if err != nil || refusal == nil {
		return err
	}
	if high-low > 1 {
		c.cfg.Logger.Warn("The warehouse refuses rows of a batch; looking for them", "rows", high-low, "reason", warehouse.Reason(refusal))
		middle := low + (high-low)/2
		if err := c.storeRows(ctx, b, low, middle); err != nil {
			return err
		}
		return c.storeRows(ctx, b, middle, high)
	}
	b.refused[low] = true
	letter := newLetter(b.origins[low].in, b.origins[low].delivery, &schemas.Violation{
		Code: codeWarehouse, Detail: warehouse.Reason(refusal),
		Hint: "correct the event and replay it, or discard it",
	})
	b.letters, b.carriers[letter.ID] = append(b.letters, letter), b.origins[low].delivery
	return nil
}

// loggedLetters of a batch are logged one by one: all are kept and listed anyway.
const loggedLetters = 5

// storeLetters keeps dead letters in their stream and shows them in the warehouse.
func (c *Consumer) storeLetters(ctx context.Context, letters []stream.DeadLetter) error {
	if len(letters) == 0 {
		return nil
	}
	rows := make([]warehouse.DeadLetter, len(letters))
	for i := range letters {
		letter := &letters[i]
		rows[i] = mirror(letter, warehouse.LetterOpen)
		if err := c.retry(ctx, "keep a dead letter", func() error { return c.cfg.Letters.Put(ctx, letter) }); err != nil {
			return err
		}
		if i < loggedLetters {
			c.cfg.Logger.Warn("An event became a dead letter", "id", letter.ID, "tenant", letter.Tenant, "type", letter.Type,
				"source", letter.Source, "code", letter.Code, "pointer", letter.Pointer)
		}
	}
	if more := len(letters) - loggedLetters; more > 0 {
		c.cfg.Logger.Warn("More events of the batch became dead letters", "count", more)
	}
	return c.retry(ctx, "mirror dead letters", func() error { return c.cfg.Warehouse.InsertDeadLetters(ctx, rows) })
}

// retry repeats try for ever, with growing pauses, until it succeeds or ctx ends.
func (c *Consumer) retry(ctx context.Context, what string, try func() error) error {
	pause := c.cfg.RetryAtLeast
	for {
		err := try()
		if err == nil {
			c.trouble.Store(nil)
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		c.metrics.retries.Inc()
		c.trouble.Store(&trouble{what: what, err: err})
		c.cfg.Logger.Warn("Storing failed; trying again", "step", what, "pause", pause, "error", err)
		timer := time.NewTimer(pause/2 + rand.N(pause/2+1)) //nolint:gosec // spreads retries, keeps no secret
		select {
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		case <-timer.C:
		}
		pause = min(2*pause, c.cfg.RetryAtMost)
	}
}
