package bench

import (
	"context"
	"embed"
	"fmt"
	"strconv"
	"strings"

	"github.com/turnout/turnout/internal/bench/plot"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/producers/simulator"
)

//go:embed copies/*.sql
var copies embed.FS

const (
	templateTenant = "template" // as copies/*.sql have it
	largeTenant    = "large"
	// templateYears of a small community are enough events for the last point.
	templateYears = 10
	copiedAtOnce  = 50 // communities of a statement
)

// arrival is a place in the stream.
type arrival struct {
	seq   uint64
	index uint16
}

// federation is many communities: one was published and stored, the others are its copies.
type federation struct {
	copies  int
	columns string  // of events, but for the community
	upTo    arrival // what was copied already
}

// federationCurve lets many communities grow together, in the end beside a large one, and looks at the reports of one and at questions about all.
func (r *run) federationCurve(ctx context.Context) error {
	const room = 10 // gigabytes
	return r.study(ctx, "federation", room, func(h *house, s *study) (*house, error) {
		all, err := r.beginFederation(ctx, h)
		if err != nil {
			return nil, err
		}
		for n, facts := range r.growth().facts {
			last := n == len(r.growth().facts)-1
			if last {
				if err := r.joinLarge(ctx, h); err != nil {
					return nil, err
				}
				stored, err := h.number(ctx, "SELECT count() FROM facts WHERE tenant = '"+largeTenant+"'")
				if err != nil {
					return nil, err
				}
				facts -= int(stored)
			}
			if err := all.grow(ctx, h, facts, func(part float64) { r.progress((float64(n) + part/2) / float64(len(r.growth().facts))) }); err != nil {
				return nil, fmt.Errorf("copy communities: %w", err)
			}
			if h, err = r.lookAtAll(ctx, h, s, all, last); err != nil {
				return nil, fmt.Errorf("at %d facts: %w", facts, err)
			}
		}
		return h, nil
	})
}

// beginFederation publishes the community that is copied.
func (r *run) beginFederation(ctx context.Context, h *house) (*federation, error) {
	community := grow(templateTenant, simulator.Small, templateYears, r.cfg.Seed)
	defer community.stop()
	if err := community.publish(ctx, h, r.growth().template, r.scale.pack, func(int) {}); err != nil {
		return nil, err
	}
	if err := h.drained(ctx); err != nil {
		return nil, err
	}
	all := &federation{copies: r.growth().members - 2} // beside them there are the template and the large one
	columns := "SELECT arrayStringConcat(groupArray(name), ', ') FROM system.columns WHERE database = currentDatabase() AND table = 'events' AND default_kind = '' AND name != 'tenant'"
	if err := h.db.Conn().QueryRow(ctx, columns).Scan(&all.columns); err != nil {
		return nil, fmt.Errorf("ask for the columns of events: %w", err)
	}
	return all, nil
}

// joinLarge publishes the one large university.
func (r *run) joinLarge(ctx context.Context, h *house) error {
	communities, err := simulator.Config{Tenant: largeTenant, Preset: simulator.University, Years: r.growth().large, Seed: r.cfg.Seed}.Tenants()
	if err != nil {
		return fmt.Errorf("simulate a university: %w", err)
	}
	for community := range communities {
		if err := publishCommunity(ctx, h, community, r.scale.pack); err != nil {
			return err
		}
	}
	return h.drained(ctx)
}

// grow copies the template's next arrivals until all copies together have about so many facts. What is copied is what the template had at
// that time: a community that is younger.
func (f *federation) grow(ctx context.Context, h *house, facts int, told func(part float64)) error {
	last, err := f.reach(ctx, h, facts)
	if err != nil {
		return err
	}
	for from := 1; from <= f.copies; from += copiedAtOnce {
		count := min(copiedAtOnce, f.copies-from+1)
		for _, file := range []string{"copies/events.sql", "copies/receipts.sql"} {
			text, err := copies.ReadFile(file)
			if err != nil {
				return fmt.Errorf("read %s: %w", file, err)
			}
			statement := strings.NewReplacer("{columns}", f.columns, "{from}", strconv.Itoa(from), "{to}", strconv.Itoa(from+count-1), "{count}", strconv.Itoa(count),
				"{after_seq}", strconv.FormatUint(f.upTo.seq, 10), "{after_index}", strconv.Itoa(int(f.upTo.index)),
				"{last_seq}", strconv.FormatUint(last.seq, 10), "{last_index}", strconv.Itoa(int(last.index))).Replace(string(text))
			if err := h.db.Conn().Exec(ctx, statement); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
		}
		told(float64(from) / float64(f.copies))
	}
	f.upTo = last
	if err := stream.NewDirty(h.js).Touch(ctx, f.names()...); err != nil {
		return fmt.Errorf("note that communities changed: %w", err)
	}
	return f.alike(ctx, h)
}

func (f *federation) names() []string {
	names := make([]string, f.copies)
	for i := range names {
		names[i] = fmt.Sprintf("copy-%04d", i+1)
	}
	return names
}

// reach is the arrival up to which the template has so many facts as a copy shall have.
func (f *federation) reach(ctx context.Context, h *house, facts int) (arrival, error) {
	of := " FINAL WHERE tenant = '" + templateTenant + "'"
	events, err := h.number(ctx, "SELECT count() FROM events"+of)
	if err != nil {
		return arrival{}, err
	}
	kept, err := h.number(ctx, "SELECT count() FROM facts"+of)
	if err != nil {
		return arrival{}, err
	}
	each := int(float64(facts) / float64(f.copies) * events / kept)
	var last arrival
	query := fmt.Sprintf("SELECT stream_seq, pack_index FROM events%s ORDER BY stream_seq, pack_index LIMIT 1 OFFSET %d", of, max(0, min(each, int(events))-1))
	if err := h.db.Conn().QueryRow(ctx, query).Scan(&last.seq, &last.index); err != nil {
		return arrival{}, fmt.Errorf("look for an arrival: %w", err)
	}
	if last.seq < f.upTo.seq || last.seq == f.upTo.seq && last.index < f.upTo.index {
		return f.upTo, nil // the large one is more than what was asked for
	}
	return last, nil
}

// alike makes sure that every copy has the facts that the template had.
func (f *federation) alike(ctx context.Context, h *house) error {
	want, err := h.number(ctx, fmt.Sprintf("SELECT uniqExact(kh) FROM events FINAL WHERE tenant = '%s' AND (stream_seq, pack_index) <= (%d, %d)", templateTenant, f.upTo.seq, f.upTo.index))
	if err != nil {
		return err
	}
	right, err := h.number(ctx, fmt.Sprintf("SELECT countIf(n = %.0f) FROM (SELECT count() AS n FROM facts FINAL WHERE startsWith(tenant, 'copy-') GROUP BY tenant)", want))
	if err != nil {
		return err
	}
	if int(right) != f.copies {
		return fmt.Errorf("%w: %.0f of %d copies have the %.0f facts that the template had", errCounts, right, f.copies, want)
	}
	return nil
}

// lookAtAll measures what the federation costs: the reports of one community in it, and questions about all.
func (r *run) lookAtAll(ctx context.Context, h *house, s *study, all *federation, last bool) (*house, error) {
	x, err := r.agree(ctx, h)
	if err != nil {
		return nil, err
	}
	if err := r.settle(ctx, h); err != nil {
		return nil, err
	}
	reports := s.curve("reports", "All reports of one community, by the facts of all", "ms, the median of all reports")
	s.table.Columns = append(s.table.Columns, "one of "+strconv.Itoa(all.copies+1)+", "+plot.Short(x)+" facts in all")
	if err := r.askReports(ctx, h, s, reports, x, all.names()[0], "one of the many"); err != nil {
		return nil, err
	}
	if last {
		s.table.Columns = append(s.table.Columns, "the large one, "+plot.Short(x)+" facts in all")
		if err := r.askReports(ctx, h, s, reports, x, largeTenant, "the large one"); err != nil {
			return nil, err
		}
	}
	if err := r.askAll(ctx, h, s.curve("questions", "Questions about all communities, by their facts", "ms"), x); err != nil {
		return nil, err
	}
	rollups := s.curve("rollups", "Computing the rollups of all communities anew", "CPU s")
	return h, r.recompute(ctx, h, rollups, x, all.names())
}
