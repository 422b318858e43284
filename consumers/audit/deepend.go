package audit

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
)

// unreadable tells when the stream gave fewer messages than it says it holds: its file is damaged, and the server passes over the place.
func (d *deeper) unreadable(ctx context.Context) error {
	events, err := d.cfg.Stream.Stream(ctx, stream.EventsStream)
	if err != nil {
		return fmt.Errorf("ask for the stream: %w", err)
	}
	state := events.CachedInfo().State
	deleted := uint64(max(state.NumDeleted-d.report.deleted, 0))
	if lost := int64(d.report.Stream.Messages) - int64(d.read) - int64(deleted); lost > 0 && state.FirstSeq == d.report.Stream.First {
		*d.report.Missing += uint64(lost)
		d.report.Counts[KindUnreadable] += uint64(lost) - 1
		d.report.add(Difference{
			Kind: KindUnreadable, Where: fmt.Sprintf("%d messages", lost),
			Sentence: "the stream says that it holds them and does not give them: its file is damaged",
		})
	}
	return nil
}

// secondLook drops what only seemed to be wrong: events that were brought back or erased while the audit ran, and rows whose message
// was written anew behind the audit's last one. It adds rows that stand behind the end of the stream.
func (d *deeper) secondLook(ctx context.Context, next uint64, progress Progress) error {
	progress("look again at what was not found", 0, 0)
	if len(d.missing)+len(d.unknown) > 0 {
		if err := d.settle(ctx); err != nil {
			return err
		}
	}
	end, err := d.end(ctx)
	if err != nil {
		return err
	}
	if len(d.unknown) > 0 {
		later := &deeper{Auditor: d.Auditor, report: d.report, tenant: d.tenant, missing: map[uint64]event{}, unknown: d.unknown, names: d.names}
		before := maps.Clone(d.unknown)
		if err := later.walk(ctx, next, end, func(string, uint64, uint64) {}); err != nil {
			return err
		}
		maps.DeleteFunc(d.unknown, func(id identity, _ uint64) bool { _, known := before[id]; return !known })
	}
	if err := d.beyond(ctx, end); err != nil {
		return err
	}
	return d.missingStill(ctx)
}

// end is the sequence of the last message.
func (d *deeper) end(ctx context.Context) (uint64, error) {
	events, err := d.cfg.Stream.Stream(ctx, stream.EventsStream)
	if err != nil {
		return 0, fmt.Errorf("ask for the stream: %w", err)
	}
	return events.CachedInfo().State.LastSeq, nil
}

// beyond finds rows behind the end of the stream, which is asked for after they were read.
func (d *deeper) beyond(ctx context.Context, end uint64) error {
	rows, err := d.standing(ctx, "SELECT stream_seq, pack_index, "+identitySQL+" FROM events WHERE stream_seq > "+strconv.FormatUint(end, 10))
	if err != nil || len(rows) == 0 {
		return err
	}
	if end, err = d.end(ctx); err != nil {
		return err
	}
	for row := range rows {
		if row.position/stream.PositionsPerMessage > end {
			d.unknown[row.id] = row.position
		}
	}
	return nil
}

// missingStill looks for the missing events once more, and whether their messages are still there. A letter may be kept that the
// warehouse does not show.
func (d *deeper) missingStill(ctx context.Context) error {
	missing, err := d.lookElsewhere(ctx, slices.Collect(maps.Values(d.missing)))
	if err != nil {
		return err
	}
	events, err := d.cfg.Stream.Stream(ctx, stream.EventsStream)
	if err != nil {
		return fmt.Errorf("ask for the stream: %w", err)
	}
	clear(d.missing)
	for i, e := range missing {
		accounted := false
		if i < askedAtMost {
			if accounted, err = d.accounted(ctx, events, e.position); err != nil {
				return err
			}
		}
		if !accounted {
			d.missing[e.position] = e
		}
	}
	return nil
}

// accounted tells whether a position is a dead letter's, or its message is gone: erased or trimmed since.
func (d *deeper) accounted(ctx context.Context, events jetstream.Stream, position uint64) (bool, error) {
	seq := position / stream.PositionsPerMessage
	_, err := events.GetMsg(ctx, seq)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("look at message %d: %w", seq, err)
	}
	_, err = d.cfg.Letters.Get(ctx, stream.LetterID(seq, int(position%stream.PositionsPerMessage)))
	if err != nil && !errors.Is(err, stream.ErrNoDeadLetter) {
		return false, err
	}
	return err == nil, nil
}

// askedAtMost missing events are looked at one by one.
const askedAtMost = 10_000

// tell puts what was found into the report.
func (d *deeper) tell(ctx context.Context) error {
	*d.report.Missing += uint64(len(d.missing))
	for _, position := range slices.Sorted(maps.Keys(d.missing)) {
		e := d.missing[position]
		sentence := fmt.Sprintf("the event %s of %s is neither in the log nor among the dead letters", e.by, e.source)
		if e.letter {
			sentence = "this event is at fault, but it is not among the dead letters"
		}
		d.report.add(Difference{Kind: KindEventMissing, Tenant: e.tenant, Where: place(position), Sentence: sentence})
	}
	positions := slices.Sorted(maps.Values(d.unknown))
	for len(positions) > 0 {
		some := positions[:min(len(positions), lookedUpAtOnce)]
		positions = positions[len(some):]
		if err := d.tellUnknown(ctx, some); err != nil {
			return err
		}
	}
	return nil
}

// place names a position of the stream.
func place(position uint64) string {
	return "message " + strconv.FormatUint(position/stream.PositionsPerMessage, 10) + ", event " +
		strconv.FormatUint(position%stream.PositionsPerMessage, 10)
}

// tellUnknown tells of rows that are still there.
func (d *deeper) tellUnknown(ctx context.Context, positions []uint64) error {
	sequences := make([]string, len(positions))
	for i, position := range positions {
		sequences[i] = strconv.FormatUint(position/stream.PositionsPerMessage, 10)
	}
	rows, err := d.query(ctx, "SELECT toString(tenant), toString(source), id, stream_seq, pack_index, "+identitySQL+
		" FROM events FINAL WHERE stream_seq IN ("+strings.Join(slices.Compact(sequences), ",")+")")
	if err != nil {
		return fmt.Errorf("look rows of the log up: %w", err)
	}
	defer rows.Close() //nolint:errcheck // read to the end, or its error is returned
	for rows.Next() {
		var tenant, source, by string
		var seq, id uint64
		var index uint16
		if err := rows.Scan(&tenant, &source, &by, &seq, &index, &id); err != nil {
			return fmt.Errorf("look rows of the log up: %w", err)
		}
		position := stream.Position(seq, int(index))
		if at, unknown := d.unknown[identity(id)]; !unknown || at != position || d.tenant != "" && tenant != d.tenant {
			continue
		}
		*d.report.Unknown++
		d.report.add(Difference{
			Kind: KindEventUnknown, Tenant: tenant, Where: place(position),
			Sentence: "the log holds the event " + warehouse.Quote(by) + " of " + warehouse.Quote(source) + ", which no message of the stream says",
		})
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("look rows of the log up: %w", err)
	}
	return nil
}
