package audit

import (
	"context"
	"fmt"
	"strings"

	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
)

// letterPage is how many dead letters are read at once.
const letterPage = 1000

// place of a dead letter in the warehouse.
type letterKey struct{ tenant, id string }

// letters compares the stream of dead letters with its mirror. A letter may be on its way into both or out of them, so what differs is
// looked at again.
func (a *Auditor) letters(ctx context.Context, report *Report, tenant string) error {
	checked, found, err := a.compareLetters(ctx, report, tenant)
	for range secondLooks {
		if err != nil || len(found) == 0 {
			break
		}
		if err = a.settle(ctx); err != nil {
			break
		}
		var now map[letterKey]string
		if _, now, err = a.compareLetters(ctx, report, tenant); err != nil {
			break
		}
		for key, kind := range found {
			if now[key] != kind {
				delete(found, key)
			}
		}
	}
	if err != nil {
		return err
	}
	report.Letters = Compared{Checked: checked, Differing: uint64(len(found))}
	for key, kind := range found {
		report.add(Difference{Kind: kind, Tenant: key.tenant, Where: "dead letter " + key.id, Sentence: letterSentence(kind)})
	}
	return nil
}

func letterSentence(kind string) string {
	switch kind {
	case KindLetterLost:
		return "the warehouse shows an open dead letter of which nothing is kept"
	case KindLetterUnshown:
		return "a dead letter is kept that the warehouse does not show"
	default:
		return "a dead letter is kept that was replayed or discarded already"
	}
}

// compareLetters gives every letter that is not the same on both sides. Only ids are held.
func (a *Auditor) compareLetters(ctx context.Context, report *Report, tenant string) (uint64, map[letterKey]string, error) {
	mirrored, err := a.mirrored(ctx, tenant)
	if err != nil {
		return 0, nil, err
	}
	found := map[letterKey]string{}
	report.DeadLetters = 0
	for after := uint64(0); ; {
		page, err := a.cfg.Letters.List(ctx, tenant, letterPage, after)
		if err != nil {
			return 0, nil, fmt.Errorf("read the dead letters: %w", err)
		}
		for i := range page {
			l := &page[i]
			after = l.Cursor
			report.DeadLetters++
			if l.Code == stream.CodeForeign {
				continue // put there by somebody else: nobody promised to show it
			}
			key := letterKey{strings.ToValidUTF8(l.Tenant, "\uFFFD"), l.ID}
			state, shown := mirrored[key]
			delete(mirrored, key)
			switch {
			case !shown:
				found[key] = KindLetterUnshown
			case state != warehouse.LetterOpen:
				found[key] = KindLetterReopened
			}
		}
		if len(page) < letterPage {
			break
		}
	}
	for key, state := range mirrored {
		if state == warehouse.LetterOpen {
			found[key] = KindLetterLost
		}
	}
	return report.DeadLetters, found, nil
}

func (a *Auditor) mirrored(ctx context.Context, tenant string) (map[letterKey]string, error) {
	query := "SELECT toString(tenant), id, toString(state) FROM dead_letters FINAL"
	if tenant != "" {
		query += " WHERE tenant = " + warehouse.Quote(tenant)
	}
	rows, err := a.query(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("read the mirror of the dead letters: %w", err)
	}
	defer rows.Close() //nolint:errcheck // read to the end, or its error is returned
	mirrored := map[letterKey]string{}
	for rows.Next() {
		var key letterKey
		var state string
		if err := rows.Scan(&key.tenant, &key.id, &state); err != nil {
			return nil, fmt.Errorf("read the mirror of the dead letters: %w", err)
		}
		mirrored[key] = state
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the mirror of the dead letters: %w", err)
	}
	return mirrored, nil
}
