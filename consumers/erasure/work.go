package erasure

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/turnout/turnout/internal/crashpoint"
	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/internal/tenants"
	"github.com/turnout/turnout/schemas"
)

// here marks a place at which a test may kill the program.
func here(place string) {
	crashpoint.Here(place)
	crashpoint.Here("during-erasure")
}

// work is what is done together: requests, and by community the ids that go.
type work struct {
	requests []*erasures.Pending
	targets  map[string]map[string]target
	list     *erasures.Snapshot
	from     uint64 // first message of the stream that may hold any
}

// target is what was decided about an id.
type target struct {
	fresh  string              // the random id that replaces it; "" where its events go
	owners []*erasures.Pending // the requests whose person it is: their receipts count what is removed
}

// judge tells what becomes of an id in an event.
func (w *work) judge(e *schemas.Event, id string) (Fate, bool) {
	found, goes := w.targets[e.Tenant][id]
	if !goes {
		return Fate{}, false
	}
	fate := dropped(w.list, e, id)
	if found.fresh != "" {
		fate.Keep, fate.Replacement = true, found.fresh
	} else {
		fate.Doubtful = !IsRequest(e) && w.list.Policy(e.Tenant, id) == tenants.PolicyAnonymise
	}
	return fate, true
}

// dropped is the fate of an id whose events go. The replacement, where the schema wants somebody named, is the same for the same event
// wherever it is found, and another for every event: nothing leads from one to the next.
func dropped(list *erasures.Snapshot, e *schemas.Event, id string) Fate {
	return Fate{
		Replacement: markPrefix + list.Hash(e.Tenant, id+"\x00"+e.Source+"\x00"+e.ID).String(),
		Mark:        markPrefix + list.Hash(e.Tenant, id).String(),
	}
}

// Suspect reports whether an event names somebody on the list: quickly, since it is asked about every event of a community in which
// somebody was erased.
func Suspect(registry *schemas.Registry, list *erasures.Snapshot, e *schemas.Event) bool {
	t, known := registry.Type(e.Type)
	return known && t.AnyPerson(e.Data, func(id string) bool { return list.Holds(e.Tenant, id) })
}

// Screen tells what becomes of an event that arrives: who is on the list does not come back.
func Screen(list *erasures.Snapshot) Judge {
	return func(e *schemas.Event, id string) (Fate, bool) {
		if !list.Holds(e.Tenant, id) {
			return Fate{}, false
		}
		fate := dropped(list, e, id)
		fate.Doubtful = !IsRequest(e) && list.Policy(e.Tenant, id) == tenants.PolicyAnonymise
		return fate, true
	}
}

// goes reports whether an id goes, in a community or, where that is not known, in any, and notes whose it is.
func (w *work) goes(tenant string, whose owners) func(id string) bool {
	return func(id string) bool {
		found := false
		for name, ids := range w.targets {
			if tenant != "" && name != tenant {
				continue
			}
			if target, goes := ids[id]; goes {
				found = true
				whose.add(target)
			}
		}
		return found
	}
}

// owners are the requests that something was found for; nil notes nothing.
type owners map[*erasures.Pending]bool

func (o owners) add(t target) {
	if o == nil {
		return
	}
	for _, p := range t.owners {
		o[p] = true
	}
}

func (w *work) ids(tenant string) []string { return slices.Sorted(maps.Keys(w.targets[tenant])) }

func (w *work) tenants() []string { return slices.Sorted(maps.Keys(w.targets)) }

func (w *work) add(p *erasures.Pending) {
	w.requests = append(w.requests, p)
	if w.targets[p.Tenant] == nil {
		w.targets[p.Tenant] = map[string]target{}
	}
	for id, fresh := range p.Persons {
		known := w.targets[p.Tenant][id]
		if p.Kind != erasures.KindAgain || len(known.owners) == 0 {
			known.fresh = fresh
		}
		w.targets[p.Tenant][id] = target{fresh: known.fresh, owners: append(known.owners, p)}
	}
	w.from = min(w.from, max(p.From, 1))
}

// prepare decides about the requests: which policy, and who the person is. What was decided before an interruption stays.
func (w *Worker) prepare(ctx context.Context, waiting []erasures.Pending) (*work, error) {
	work := &work{targets: map[string]map[string]target{}, from: ^uint64(0)}
	for i := range waiting {
		p := &waiting[i]
		answered, err := w.cfg.Store.Answered(ctx, p)
		if err == nil && answered {
			err = w.cfg.Store.Forget(ctx, p)
		}
		if err != nil {
			return nil, fmt.Errorf("look for the receipt of request %s: %w", p.ID, err)
		}
		if answered {
			continue
		}
		ready, err := w.decide(ctx, p, work)
		if errors.Is(err, erasures.ErrChanged) {
			continue // it is taken up next time
		}
		if err != nil {
			return nil, fmt.Errorf("prepare request %s: %w", p.ID, err)
		}
		if ready {
			work.add(p)
		}
	}
	list, err := w.cfg.Store.Refresh(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the list of erased persons: %w", err)
	}
	work.list = list
	return work, nil
}

// decide completes a request; false when there is nothing to do, because it was withdrawn.
func (w *Worker) decide(ctx context.Context, p *erasures.Pending, work *work) (bool, error) {
	if p.Kind == erasures.KindAgain {
		list, err := w.cfg.Store.Refresh(ctx)
		if err != nil {
			return false, err
		}
		if !list.Holds(p.Tenant, p.Person) { // lifted meanwhile: the events may stay
			return false, w.drop(ctx, p)
		}
	}
	if len(p.Persons) > 0 {
		return true, nil
	}
	if err := w.acknowledged(ctx, p.Seen); err != nil { // merges and a withdrawal that came before must be known
		return false, err
	}
	if p.Kind == erasures.KindAgain {
		p.Policy, p.Persons = tenants.PolicyDelete, map[string]string{p.Person: ""}
		return true, w.cfg.Store.Decide(ctx, p)
	}
	withdrawn, err := w.withdrawn(ctx, p)
	if err != nil || withdrawn {
		return false, err
	}
	merges, err := w.cfg.Warehouse.Merges(ctx, p.Tenant)
	if err != nil {
		return false, err
	}
	p.Policy, p.Persons = w.cfg.Policy(p.Tenant), map[string]string{}
	for _, id := range onePerson(p.Person, merges) {
		fresh := ""
		if p.Policy == tenants.PolicyAnonymise {
			known, decided := work.targets[p.Tenant][id] // by another request for the same person
			if fresh = known.fresh; !decided {
				fresh = freshID()
			}
		}
		p.Persons[id] = fresh
	}
	return true, w.cfg.Store.Decide(ctx, p)
}

const freshBytes = 16

// freshID is a random id that nothing leads back from.
func freshID() string {
	var id [freshBytes]byte
	_, _ = rand.Read(id[:]) // never fails
	return "anonymous-" + hex.EncodeToString(id[:])
}

// onePerson gives all ids that merges say are the same person: what the id was merged into, what was merged into it, and so on. Chains
// and cycles end.
func onePerson(id string, merges [][2]string) []string {
	neighbours := map[string][]string{}
	for _, merge := range merges {
		neighbours[merge[0]] = append(neighbours[merge[0]], merge[1])
		neighbours[merge[1]] = append(neighbours[merge[1]], merge[0])
	}
	found, next := map[string]bool{id: true}, []string{id}
	for len(next) > 0 {
		person := next[len(next)-1]
		next = next[:len(next)-1]
		for _, other := range neighbours[person] {
			if !found[other] {
				found[other] = true
				next = append(next, other)
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// withdrawn reports whether a void took the request back before the work began; then its receipt says that nothing was erased.
func (w *Worker) withdrawn(ctx context.Context, p *erasures.Pending) (bool, error) {
	if p.Kind != erasures.KindAsked {
		return false, nil
	}
	voided, err := w.cfg.Warehouse.RequestVoided(ctx, p.Tenant, p.ID)
	if err != nil || !voided {
		return false, err
	}
	return true, w.drop(ctx, p)
}

// drop ends a request for which nothing is to be done any more.
func (w *Worker) drop(ctx context.Context, p *erasures.Pending) error {
	receipt := w.receipt(p)
	receipt.Withdrawn, receipt.DoneAt = true, time.Now().UTC().Truncate(time.Millisecond)
	return w.cfg.Store.Finish(ctx, p, receipt)
}

// receipt begins the receipt of a request.
func (w *Worker) receipt(p *erasures.Pending) erasures.Receipt {
	return erasures.Receipt{
		Request: p.ID, Tenant: p.Tenant, Kind: p.Kind, PersonHash: w.cfg.Store.Hash(p.Tenant, p.Person), Ids: len(p.Persons), Policy: p.Policy,
		Basis: p.Basis, RequestedAt: p.RequestedAt, ReceivedAt: p.ReceivedAt,
	}
}

// finish keeps the receipts.
func (w *Worker) finish(ctx context.Context, work *work, e *eraser, begun time.Time) error {
	lifetime, err := w.cfg.Warehouse.PartsGoneAfter(ctx)
	if err != nil {
		return err
	}
	here("erasure-before-receipt")
	for _, p := range work.requests {
		receipt := w.receipt(p)
		receipt.DoneAt = time.Now().UTC().Truncate(time.Millisecond)
		receipt.BytesGoneBy = receipt.DoneAt.Add(lifetime)
		if removed := e.removed[p]; removed != nil {
			receipt.Removed = *removed
		}
		receipt.Passes, receipt.Checked = e.passed, e.checked
		err := w.cfg.Store.Finish(ctx, p, receipt)
		here("erasure-after-receipt")
		switch {
		case errors.Is(err, erasures.ErrChanged):
			continue
		case err != nil:
			return fmt.Errorf("finish request %s: %w", p.ID, err)
		}
		w.metrics.duration.Observe(receipt.DoneAt.Sub(p.ReceivedAt).Seconds())
		w.cfg.Logger.Info("A person was erased", "tenant", p.Tenant, "request", p.ID, "kind", p.Kind, "policy", p.Policy, "passes", e.passed,
			"took", time.Since(begun).Round(time.Millisecond), "events", receipt.Removed.StreamEvents, "rows", receipt.Removed.Log, "dead_letters", receipt.Removed.DeadLetters)
	}
	return nil
}
