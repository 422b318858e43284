package erasure

import (
	"context"
	"fmt"
	"time"

	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/tenants"
	"github.com/turnout/turnout/schemas"
)

// Sweep applies the whole list of erased persons to everything that is here: for a restored backup that is older than an erasure. It
// needs no request, and nothing may be stored meanwhile. Where the erasure had been done when the backup was taken, what is found is
// what arrived again, and goes; else it goes by the policy of the erasure. The caller has the rollups computed anew.
func Sweep(ctx context.Context, cfg Config) (erasures.Removed, error) {
	var removed erasures.Removed
	if err := cfg.Validate(); err != nil {
		return removed, err
	}
	list, err := cfg.Store.Refresh(ctx)
	if err != nil {
		return removed, fmt.Errorf("read the list of erased persons: %w", err)
	}
	if len(list.Tenants()) == 0 {
		return removed, nil
	}
	s := &search{cfg: &cfg, list: list, found: map[string]map[string]bool{}}
	for _, look := range []func(context.Context) error{s.stream, s.tables, s.letters} {
		if err := look(ctx); err != nil {
			return removed, err
		}
	}
	work := &work{targets: map[string]map[string]target{}, list: list, from: 1}
	nobody := &erasures.Pending{} // who asked for all of it
	for tenant, ids := range s.found {
		work.targets[tenant] = map[string]target{}
		for id := range ids {
			fresh, err := s.fresh(ctx, tenant, id)
			if err != nil {
				return removed, err
			}
			work.targets[tenant][id] = target{fresh: fresh, owners: []*erasures.Pending{nobody}}
		}
	}
	cfg.Rollups = nil
	e := &eraser{cfg: &cfg, work: work}
	err = e.passes(ctx)
	if found := e.removed[nobody]; found != nil {
		removed = *found
	}
	return removed, err
}

// search finds the ids of persons who are on the list: their hashes say only whether an id is theirs.
type search struct {
	cfg   *Config
	list  *erasures.Snapshot
	found map[string]map[string]bool // ids by community
}

func (s *search) look(tenant, id string) {
	if !s.list.Holds(tenant, id) {
		return
	}
	if s.found[tenant] == nil {
		s.found[tenant] = map[string]bool{}
	}
	s.found[tenant][id] = true
}

// anywhere looks for an id in a community, or in all where it is not known which.
func (s *search) anywhere(tenant string) func(id string) bool {
	return func(id string) bool {
		names := []string{tenant}
		if tenant == "" {
			names = s.list.Tenants()
		}
		for _, name := range names {
			s.look(name, id)
		}
		return false // all are wanted, not only the first
	}
}

func (s *search) stream(ctx context.Context) error {
	events, err := s.cfg.Stream.Stream(ctx, stream.EventsStream)
	if err != nil {
		return fmt.Errorf("open the stream: %w", err)
	}
	state := events.CachedInfo().State
	err = walk(ctx, s.cfg.Stream, max(state.FirstSeq, 1), state.LastSeq, func(m *message) error {
		incoming := stream.Explode(m.subject, m.header, m.body)
		for i := range incoming {
			in := &incoming[i]
			if in.Err != nil || s.cfg.Registry.Check(in.Event) != nil {
				Mentions(in.Raw, m.header, s.anywhere(tenantOf(m, in)))
				continue
			}
			Redact(s.cfg.Registry, in.Event, func(e *schemas.Event, id string) (Fate, bool) {
				s.look(e.Tenant, id)
				return Fate{}, false
			})
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("walk through the stream: %w", err)
	}
	return nil
}

// tables looks at every person that the log names: the stream may have been trimmed.
func (s *search) tables(ctx context.Context) error {
	fields := map[string]bool{}
	for _, t := range s.cfg.Registry.Types() {
		for _, field := range t.PersonFields() {
			if field.Name != t.Person {
				fields[field.Name] = true
			}
		}
	}
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	for _, tenant := range s.list.Tenants() {
		if err := s.cfg.Warehouse.Persons(ctx, tenant, names, func(id string) { s.look(tenant, id) }); err != nil {
			return err
		}
	}
	return nil
}

func (s *search) letters(ctx context.Context) error {
	for after := uint64(0); ; {
		letters, err := s.cfg.Letters.List(ctx, "", lettersAtOnce, after)
		if err != nil {
			return err
		}
		for i := range letters {
			after = letters[i].Cursor
			Mentions(letters[i].Body, letters[i].Headers, s.anywhere(letters[i].Tenant))
		}
		if len(letters) < lettersAtOnce {
			return nil
		}
	}
}

// fresh is the random id that replaces a person; "" when their events go.
func (s *search) fresh(ctx context.Context, tenant, id string) (string, error) {
	if s.list.Policy(tenant, id) != tenants.PolicyAnonymise {
		return "", nil
	}
	done, err := s.cfg.Warehouse.RequestDone(ctx, tenant, s.list.Request(tenant, id), markPrefix)
	if err != nil || done {
		return "", err
	}
	return freshID(), nil
}

// look asks again for whoever is on the list and in the log all the same: a process that had read the list, was stopped for long, and
// stored after the last pass had found nothing.
func (w *Worker) look(ctx context.Context) error {
	list, err := w.cfg.Store.Refresh(ctx)
	if err != nil || len(list.Tenants()) == 0 {
		return err
	}
	s := &search{cfg: &w.cfg, list: list, found: map[string]map[string]bool{}}
	if err := s.tables(ctx); err != nil {
		return err
	}
	now := time.Now().UTC().Truncate(time.Millisecond)
	for tenant, ids := range s.found {
		for id := range ids {
			err := w.cfg.Store.Ask(ctx, erasures.Pending{
				Tenant: tenant, ID: "again-" + list.Hash(tenant, id).String(), Kind: erasures.KindAgain, Person: id, Basis: "found in the log again",
				RequestedAt: now, ReceivedAt: now, From: 1, Seen: 1,
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
