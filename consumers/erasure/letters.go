package erasure

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
)

const lettersAtOnce = 500

// letters takes the dead letters away in which an erased person may stand: in the stream, where they are overwritten, and in the mirror.
// What a letter means nobody can say, so every string in it counts.
func (e *eraser) letters(ctx context.Context) error {
	for after := uint64(0); ; {
		letters, err := e.cfg.Letters.List(ctx, "", lettersAtOnce, after)
		if err != nil {
			return err //nolint:wrapcheck // it says what it was
		}
		var found []stream.DeadLetter
		for i := range letters {
			e.checked.DeadLetters++
			after = letters[i].Cursor
			if e.inLetter(&letters[i]) {
				found = append(found, letters[i])
			}
		}
		if err := e.dropLetters(ctx, found); err != nil {
			return err
		}
		if len(letters) < lettersAtOnce {
			break
		}
	}
	for _, tenant := range e.work.tenants() {
		if err := e.mirror(ctx, tenant, tenant); err != nil {
			return err
		}
		if err := e.mirror(ctx, "", tenant); err != nil { // letters of which nobody knows whose they are
			return err
		}
	}
	return nil
}

func (e *eraser) inLetter(letter *stream.DeadLetter) bool {
	goes := e.work.goes(letter.Tenant)
	if Mentions(letter.Body, letter.Headers, goes) {
		return true
	}
	for _, tenant := range e.work.tenants() {
		if letter.Tenant == "" || letter.Tenant == tenant {
			if e.inTexts(tenant, []string{letter.EventID, letter.Source, letter.Type, letter.Reason, letter.Pointer, letter.Subject}) {
				return true
			}
		}
	}
	return false
}

// inTexts reports whether one of the community's ids stands in one of the texts.
func (e *eraser) inTexts(tenant string, texts []string) bool {
	for id := range e.work.targets[tenant] {
		if slices.ContainsFunc(texts, func(text string) bool { return holdsID(text, id) }) {
			return true
		}
	}
	return false
}

// dropLetters notes the positions, then deletes the letters from the mirror, and from the stream last: from there they are found again
// after an interruption.
func (e *eraser) dropLetters(ctx context.Context, found []stream.DeadLetter) error {
	if len(found) == 0 {
		return nil
	}
	byTenant := map[string][]string{}
	receipts := make([]warehouse.Receipt, 0, len(found))
	for i := range found {
		letter := &found[i]
		byTenant[letter.Tenant] = append(byTenant[letter.Tenant], letter.ID)
		receipts = append(receipts, warehouse.Receipt{
			Tenant: letter.Tenant, Source: letter.Source, Day: letter.Time.UTC().Truncate(24 * time.Hour), Positions: []uint64{stream.Position(letter.StreamSeq, letter.Index)},
		})
	}
	if err := e.cfg.Warehouse.InsertErasedReceipts(ctx, receipts); err != nil {
		return err //nolint:wrapcheck // it says what it was
	}
	here("erasure-before-letters")
	for tenant, ids := range byTenant {
		if err := e.cfg.Warehouse.EraseLetters(ctx, tenant, ids); err != nil {
			return err //nolint:wrapcheck // likewise
		}
		e.count(tenant).DeadLetters += uint64(len(ids))
	}
	for i := range found {
		if err := e.cfg.Letters.Discard(ctx, found[i].ID); err != nil {
			return fmt.Errorf("erase a dead letter: %w", err)
		}
	}
	return nil
}

// mirror deletes the rows that tell of letters which were replayed or discarded before.
func (e *eraser) mirror(ctx context.Context, owner, tenant string) error {
	var found []string
	err := e.cfg.Warehouse.FindLetters(ctx, owner, e.work.ids(tenant), func(letter warehouse.MirroredLetter) {
		if e.inTexts(tenant, letter.Texts) {
			found = append(found, letter.ID)
		}
	})
	if err == nil && len(found) > 0 {
		e.changed = true
		err = e.cfg.Warehouse.EraseLetters(ctx, owner, found)
	}
	return err //nolint:wrapcheck // it says what it was
}
