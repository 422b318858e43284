package faults

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// identity is one content under one id, and where it came from.
type identity struct {
	tenant, source, id string
	content            uint64
}

// named is an event as far as a dead letter knows it.
type named struct{ tenant, id string }

// factRow is what facts must say of a business key.
type factRow struct {
	id      string
	voided  bool
	version string // a decimal number
}

type factKey struct{ tenant, kh string }

// dayRow and personRow are rows of the rollups.
type (
	dayRow    struct{ tenant, day, type_, mode string }
	personRow struct{ tenant, month, person string }
	acts      struct{ volunteer, experiential, philanthropic, communication, attended int }
)

// observed is what can be seen from outside of a round's tenants.
type observed struct {
	stream    map[identity]int // events in the stream that are sound
	atFault   map[named]int    // events in the stream that are not
	forgotten map[named]int    // events in the stream of somebody who was erased
	positions map[string]int   // of all, by tenant
	log       map[identity]int // visible rows
	letters   map[named]int    // open ones in the warehouse
	kept      map[string]int   // dead letters in their own stream, by tenant
	receipts  map[string]int   // positions noted, by tenant
	facts     map[factKey][]factRow
	days      map[dayRow]int
	persons   map[personRow]acts
	attended  map[[2]string]float64 // the report attendance, by tenant and gathering
	hours     map[string]float64    // the report volunteer-hours, by tenant
	reports   []string              // where reports of simulated communities differ from their oracle
}

// observe looks at everything that belongs to the tenants of a round.
func (r *Round) observe(ctx context.Context) (*observed, error) {
	o := &observed{
		stream: map[identity]int{}, atFault: map[named]int{}, forgotten: map[named]int{}, positions: map[string]int{}, log: map[identity]int{}, letters: map[named]int{},
		kept: map[string]int{}, receipts: map[string]int{}, facts: map[factKey][]factRow{}, attended: map[[2]string]float64{}, hours: map[string]float64{},
	}
	for _, look := range []func(context.Context, *observed) error{
		r.seeStream, r.seeLog, r.seeLetters, r.seeFacts, r.seeRollups, r.seeReports,
	} {
		if err := look(ctx, o); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// in is the condition that a row belongs to the round.
func (r *Round) in() string { return "tenant IN ('" + strings.Join(r.Work.Tenants, "','") + "')" }

// fated are the events of that fate, sound as they may look.
func (r *Round) fated(fate Fate) map[named]bool {
	found := map[named]bool{}
	for _, item := range r.Work.Items {
		if item.Fate == fate {
			found[named{item.Tenant, item.ID}] = true
		}
	}
	return found
}

func (r *Round) seeStream(ctx context.Context, o *observed) error {
	found, err := r.House.read(ctx, r.firstSeq)
	if err != nil {
		return err
	}
	ours, spoilt, gone := map[string]bool{}, r.fated(Letter), r.fated(Gone)
	for _, tenant := range r.Work.Tenants {
		ours[tenant] = true
	}
	for _, p := range slices.Concat(found, r.gone) {
		if !ours[p.tenant] {
			continue
		}
		o.positions[p.tenant]++
		name := named{p.tenant, idOf(p.event.Raw)}
		if e := p.event.Event; e != nil {
			name.id = e.ID
		}
		if gone[name] {
			o.forgotten[name]++
			continue
		}
		if p.event.Event == nil {
			o.atFault[name]++
			continue
		}
		e := p.event.Event
		record, err := r.registry.Derive(e)
		if err != nil || r.registry.Check(e) != nil || spoilt[name] {
			o.atFault[name]++
			continue
		}
		o.stream[identity{p.tenant, e.Source, e.ID, record.ContentHash}]++
	}
	return nil
}

func (r *Round) seeLog(ctx context.Context, o *observed) error {
	rows, err := r.House.Query(ctx, "SELECT tenant, source, id, content_hash FROM events FINAL WHERE type != '"+erasedType+"' AND "+r.in())
	if err != nil {
		return err
	}
	for _, row := range rows {
		hash, err := strconv.ParseUint(row[3], 10, 64)
		if err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		o.log[identity{row[0], row[1], row[2], hash}]++
	}
	return r.count(ctx, o.receipts, "SELECT tenant, groupBitmapMerge(received) FROM receipts WHERE "+r.in()+" GROUP BY tenant")
}

// count reads rows of a text and a number.
func (r *Round) count(ctx context.Context, into map[string]int, sql string) error {
	rows, err := r.House.Query(ctx, sql)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if into[row[0]], err = strconv.Atoi(row[1]); err != nil {
			return fmt.Errorf("read a count: %w", err)
		}
	}
	return nil
}

func (r *Round) seeLetters(ctx context.Context, o *observed) error {
	rows, err := r.House.Query(ctx, "SELECT tenant, event_id FROM dead_letters FINAL WHERE state = 'open' AND "+r.in())
	if err != nil {
		return err
	}
	for _, row := range rows {
		o.letters[named{row[0], row[1]}]++
	}
	for _, tenant := range r.Work.Tenants {
		n, err := r.House.letters.Count(ctx, tenant)
		if err != nil {
			return fmt.Errorf("count the dead letters of %s: %w", tenant, err)
		}
		o.kept[tenant] = int(n)
	}
	return nil
}

func (r *Round) seeFacts(ctx context.Context, o *observed) error {
	rows, err := r.House.Query(ctx, "SELECT tenant, kh, id, voided, version FROM facts FINAL WHERE type != '"+erasedType+"' AND "+r.in())
	if err != nil {
		return err
	}
	for _, row := range rows {
		key := factKey{row[0], row[1]}
		o.facts[key] = append(o.facts[key], factRow{id: row[2], voided: row[3] == "true", version: row[4]})
	}
	return nil
}

// seeRollups reads the rollups when they have caught up with facts, or what they are when they do not.
func (r *Round) seeRollups(ctx context.Context, o *observed) error {
	arrived := r.arrived(o)
	wantDays, wantPersons := r.expectRollups(arrived)
	err := await(ctx, rollupLimit, "the rollups to follow", func(ctx context.Context) error {
		if err := r.readRollups(ctx, o); err != nil {
			return err
		}
		if different := compareMaps("day", wantDays, o.days); len(different) > 0 {
			return fmt.Errorf("%d days differ, for instance %s", len(different), different[0])
		}
		if different := compareMaps("person", wantPersons, o.persons); len(different) > 0 {
			return fmt.Errorf("%d months differ, for instance %s", len(different), different[0])
		}
		return nil
	})
	if err != nil {
		r.Notef("%v", err) // judged below
	}
	return nil
}

func (r *Round) readRollups(ctx context.Context, o *observed) error {
	o.days, o.persons = map[dayRow]int{}, map[personRow]acts{}
	rows, err := r.House.Query(ctx, "SELECT tenant, day, type, mode, acts FROM activity_daily WHERE "+r.in())
	if err != nil {
		return err
	}
	for _, row := range rows {
		n, err := strconv.Atoi(row[4])
		if err != nil {
			return fmt.Errorf("read activity_daily: %w", err)
		}
		o.days[dayRow{row[0], row[1], row[2], row[3]}] += n
	}
	rows, err = r.House.Query(ctx, "SELECT tenant, month, person, volunteer, experiential, philanthropic, communication, attended FROM person_months WHERE "+r.in())
	if err != nil {
		return err
	}
	for _, row := range rows {
		var n [5]int
		for i := range n {
			if n[i], err = strconv.Atoi(row[3+i]); err != nil {
				return fmt.Errorf("read person_months: %w", err)
			}
		}
		o.persons[personRow{row[0], row[1], row[2]}] = acts{n[0], n[1], n[2], n[3], n[4]}
	}
	return nil
}
