package audit

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/consumers"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
)

// identity is the first 64 bits of SHA-256 over tenant, source, id and content hash, as identitySQL gives it.
type identity uint64

func identityOf(d consumers.Decoded) identity {
	sum := sha256.Sum256([]byte(d.Tenant + "\x00" + d.Source + "\x00" + d.ID + "\x00" + strconv.FormatUint(d.ContentHash, 10)))
	return identity(binary.BigEndian.Uint64(sum[:8]))
}

// identitySQL is identityOf over the columns of the log.
const identitySQL = `reinterpretAsUInt64(reverse(substring(SHA256(concat(toString(tenant), '\0', toString(source), '\0', id, '\0', toString(content_hash))), 1, 8)))`

// deeper is the state of a deep audit.
type deeper struct {
	*Auditor

	report  *Report
	tenant  string
	missing map[uint64]event    // by position: nowhere, when last looked
	unknown map[identity]uint64 // rows of the log that no message has said yet, with their positions
	names   map[string]string   // tenants and sources, each kept once
	read    uint64              // messages
	erased  uint64              // events of erased persons
}

// event is what is kept of one until it is found.
type event struct {
	position           uint64
	id                 identity
	tenant, source, by string // by is the id that its source gave it
	letter             bool
}

// window is what is looked up at once.
type window struct {
	events      []event
	first, last uint64 // sequences of its messages
}

// deep reads the stream from its first message and looks for every event in the log and among the dead letters; and for every row of
// the log in the stream.
func (a *Auditor) deep(ctx context.Context, report *Report, tenant string, progress Progress) error {
	d := &deeper{
		Auditor: a, report: report, tenant: tenant, missing: map[uint64]event{}, unknown: map[identity]uint64{}, names: map[string]string{},
	}
	var missing, unknown, suppressed uint64
	report.Missing, report.Unknown, report.Suppressed = &missing, &unknown, &suppressed
	first, last := report.Stream.First, report.Stream.Last
	if err := d.walk(ctx, first, last, progress); err != nil {
		return err
	}
	if tenant == "" { // left out before anybody asked whose they are
		suppressed += d.erased
	}
	if err := d.unreadable(ctx); err != nil {
		return err
	}
	if err := d.secondLook(ctx, last+1, progress); err != nil {
		return err
	}
	return d.tell(ctx)
}

// walk reads the messages of the stream in order.
func (d *deeper) walk(ctx context.Context, first, last uint64, progress Progress) error {
	decoder := consumers.NewDecoder(d.cfg.Registry)
	if d.cfg.Erased != nil {
		list, err := d.cfg.Erased.Refresh(ctx)
		if err != nil {
			return fmt.Errorf("read the list of erased persons: %w", err)
		}
		decoder.Screen(list)
	}
	w := window{first: first, last: last}
	if first <= 1 {
		w.first = 0 // no message has that number, so no row may
	}
	read := func(msg jetstream.Msg, seq uint64) error {
		d.read++
		n, err := decoder.Take(msg)
		if err != nil {
			return err
		}
		if n >= d.cfg.WindowEvents/decodedAtOnce {
			decoder.Drain(func(e consumers.Decoded) { d.take(&w, e) })
			progress("look for the stream's events", seq-first, last-first+1)
		}
		if len(w.events) < d.cfg.WindowEvents {
			return nil
		}
		w.last = seq
		err = d.lookUp(ctx, w)
		w = window{first: seq + 1, last: last, events: w.events[:0]}
		return err
	}
	if err := stream.Walk(ctx, d.cfg.Stream, first, last, read); err != nil {
		return err
	}
	decoder.Drain(func(e consumers.Decoded) { d.take(&w, e) })
	d.erased = decoder.Erased()
	return d.lookUp(ctx, w)
}

// decodedAtOnce: decoded events weigh more than what is kept of them, so they are drained by the twentieth of a window.
const decodedAtOnce = 20

// take keeps what is needed of an event: its texts share the message's memory, which must not be held.
func (d *deeper) take(w *window, e consumers.Decoded) {
	if d.tenant != "" && e.Tenant != d.tenant {
		return
	}
	w.events = append(w.events, event{
		position: stream.Position(e.Seq, e.Index), id: identityOf(e), letter: e.Letter,
		tenant: d.name(e.Tenant), source: d.name(e.Source), by: strings.Clone(e.ID),
	})
}

func (d *deeper) name(text string) string {
	known, found := d.names[text]
	if !found {
		known = strings.Clone(text)
		if len(d.names) < namesAtMost {
			d.names[known] = known
		}
	}
	return known
}

const namesAtMost = 10_000

// lookUp compares a window with the log and the dead letters.
func (d *deeper) lookUp(ctx context.Context, w window) error {
	between := fmt.Sprintf(" WHERE stream_seq BETWEEN %d AND %d", w.first, w.last)
	rows, err := d.standing(ctx, "SELECT stream_seq, pack_index, "+identitySQL+" FROM events"+between)
	if err != nil {
		return err
	}
	letters, err := d.standing(ctx, "SELECT stream_seq, pack_index, toUInt64(0) FROM dead_letters"+w.standsFor())
	if err != nil {
		return err
	}
	var elsewhere []event
	for _, e := range w.events {
		delete(d.unknown, e.id)
		if _, stored := rows[placed{e.position, e.id}]; stored {
			delete(rows, placed{e.position, e.id})
			continue
		}
		if _, letter := letters[placed{position: e.position}]; !letter {
			elsewhere = append(elsewhere, e)
		}
	}
	d.note(rows, w.events)
	missing, err := d.lookElsewhere(ctx, elsewhere)
	if err != nil || len(missing) == 0 {
		return err
	}
	return d.notErased(ctx, w, missing)
}

// notErased notes the missing events but those that were received and left out because their person was erased.
func (d *deeper) notErased(ctx context.Context, w window, missing []event) error {
	query := fmt.Sprintf("SELECT arrayJoin(bitmapToArray(bitmapSubsetInRange(groupBitmapMergeState(received), toUInt64(%d), toUInt64(%d)))) FROM erased_receipts",
		stream.Position(w.first, 0), stream.Position(w.last+1, 0))
	rows, err := d.query(ctx, query)
	if err != nil {
		return fmt.Errorf("look erased events up: %w", err)
	}
	defer rows.Close() //nolint:errcheck // read to the end, or its error is returned
	erased := map[uint64]bool{}
	for rows.Next() {
		var position uint64
		if err := rows.Scan(&position); err != nil {
			return fmt.Errorf("look erased events up: %w", err)
		}
		erased[position] = true
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("look erased events up: %w", err)
	}
	for _, e := range missing {
		if erased[e.position] {
			*d.report.Suppressed++
			continue
		}
		d.missing[e.position] = e
	}
	return nil
}

// standsFor are the positions that the window's events have: others than those of its messages where an erasure wrote messages anew.
func (w *window) standsFor() string {
	first, last := w.first, w.last
	for i := range w.events {
		seq := w.events[i].position / stream.PositionsPerMessage
		first, last = min(first, seq), max(last, seq)
	}
	return fmt.Sprintf(" WHERE stream_seq BETWEEN %d AND %d", first, last)
}

// note keeps rows that no event of the window stands at. An event that was written anew, as an erasure does, may be in the same window.
func (d *deeper) note(rows map[placed]struct{}, events []event) {
	if len(rows) == 0 {
		return
	}
	said := make(map[identity]bool, len(events))
	for _, e := range events {
		said[e.id] = true
	}
	for row := range rows {
		if !said[row.id] {
			d.unknown[row.id] = row.position
		}
	}
}

// placed is an identity at a position.
type placed struct {
	position uint64
	id       identity
}

// standing gives what stands at positions of the stream. The tables are read without FINAL: a row that will be merged away was said by a
// message, too.
func (d *deeper) standing(ctx context.Context, query string) (map[placed]struct{}, error) {
	if d.tenant != "" {
		query += " AND tenant = " + warehouse.Quote(d.tenant)
	}
	rows, err := d.query(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("look positions up: %w", err)
	}
	defer rows.Close() //nolint:errcheck // read to the end, or its error is returned
	found := map[placed]struct{}{}
	for rows.Next() {
		var seq, id uint64
		var index uint16
		if err := rows.Scan(&seq, &index, &id); err != nil {
			return nil, fmt.Errorf("look positions up: %w", err)
		}
		found[placed{stream.Position(seq, int(index)), identity(id)}] = struct{}{}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("look positions up: %w", err)
	}
	return found, nil
}

// lookedUpAtOnce bounds the identities in one query.
const lookedUpAtOnce = 2000

// lookElsewhere gives the events that are not in the log at any position: the others were sent more than once.
func (d *deeper) lookElsewhere(ctx context.Context, events []event) ([]event, error) {
	var missing []event
	for len(events) > 0 {
		some := events[:min(len(events), lookedUpAtOnce)]
		events = events[len(some):]
		tuples := make([]string, len(some))
		for i, e := range some {
			tuples[i] = "(" + warehouse.Quote(e.tenant) + "," + warehouse.Quote(e.source) + "," + warehouse.Quote(e.by) + ")"
		}
		rows, err := d.query(ctx, "SELECT "+identitySQL+" FROM events WHERE (tenant, source, id) IN ("+strings.Join(tuples, ",")+")")
		if err != nil {
			return nil, fmt.Errorf("look identities up: %w", err)
		}
		found := map[identity]bool{}
		for rows.Next() {
			var id uint64
			if err := rows.Scan(&id); err != nil {
				return nil, errors.Join(fmt.Errorf("look identities up: %w", err), rows.Close())
			}
			found[identity(id)] = true
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, fmt.Errorf("look identities up: %w", err)
		}
		for _, e := range some {
			if !found[e.id] {
				missing = append(missing, e)
			}
		}
	}
	return missing, nil
}
