package erasure

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/turnout/turnout/internal/erasures"
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
			return err
		}
		var found []foundLetter
		for i := range letters {
			e.checked.DeadLetters++
			after = letters[i].Cursor
			if whose := e.inLetter(&letters[i]); len(whose) > 0 {
				found = append(found, foundLetter{&letters[i], whose})
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

// foundLetter is a letter that goes.
type foundLetter struct {
	*stream.DeadLetter

	whose owners
}

// inLetter tells who stands in a letter.
func (e *eraser) inLetter(letter *stream.DeadLetter) owners {
	whose := owners{}
	Mentions(letter.Body, letter.Headers, e.work.goes(letter.Tenant, whose))
	for _, tenant := range e.work.tenants() {
		if letter.Tenant == "" || letter.Tenant == tenant {
			e.inTexts(tenant, []string{letter.EventID, letter.Source, letter.Type, letter.Reason, letter.Pointer, letter.Subject}, whose)
		}
	}
	return whose
}

// inTexts notes which of the community's ids stand in one of the texts.
func (e *eraser) inTexts(tenant string, texts []string, whose owners) {
	for id, target := range e.work.targets[tenant] {
		if slices.ContainsFunc(texts, func(text string) bool { return holdsID(text, id) }) {
			whose.add(target)
		}
	}
}

// dropLetters notes the positions, then deletes the letters from the mirror, and from the stream last: from there they are found again
// after an interruption.
func (e *eraser) dropLetters(ctx context.Context, found []foundLetter) error {
	if len(found) == 0 {
		return nil
	}
	byTenant := map[string][]string{}
	receipts := make([]warehouse.Receipt, 0, len(found))
	for i := range found {
		letter := found[i]
		byTenant[letter.Tenant] = append(byTenant[letter.Tenant], letter.ID)
		receipts = append(receipts, warehouse.Receipt{
			Tenant: letter.Tenant, Source: letter.Source, Day: letter.Time.UTC().Truncate(24 * time.Hour), Positions: []uint64{stream.Position(letter.StreamSeq, letter.Index)},
		})
	}
	if err := e.cfg.Warehouse.InsertErasedReceipts(ctx, receipts); err != nil {
		return err
	}
	here("erasure-before-letters")
	if err := e.cfg.Warehouse.EraseLetters(ctx, byTenant); err != nil {
		return err
	}
	for i := range found {
		e.count(found[i].whose, func(count *erasures.Removed) { count.DeadLetters++ })
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
		whose := owners{}
		if e.inTexts(tenant, letter.Texts, whose); len(whose) > 0 {
			found = append(found, letter.ID)
		}
	})
	if err == nil && len(found) > 0 {
		e.changed = true
		err = e.cfg.Warehouse.EraseLetters(ctx, map[string][]string{owner: found})
	}
	return err
}
