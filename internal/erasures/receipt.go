package erasures

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/stream"
)

// Finish keeps the receipt of a request and overwrites the request, which holds the person's id. Interrupted between, it is finished by
// calling it again with the receipt that is there (Receipt). ErrChanged when the request was added to meanwhile: then it is not done.
func (s *Store) Finish(ctx context.Context, p *Pending, receipt Receipt) error {
	key := name(p.Tenant, p.ID)
	now, err := s.requests.Get(ctx, pendingPrefix+key)
	if err == nil && now.Revision() != p.revision {
		return ErrChanged
	}
	if err != nil && !errors.Is(err, jetstream.ErrKeyNotFound) {
		return fmt.Errorf("read the request for erasure: %w", err)
	}
	if earlier, err := s.receipt(ctx, key); err == nil && earlier.Pending != p.revision { // events arrived again, and again
		receipt.Removed.Add(earlier.Removed)
	} else if err != nil && !errors.Is(err, jetstream.ErrKeyNotFound) {
		return err
	}
	receipt.Pending = p.revision
	value, err := json.Marshal(receipt)
	if err != nil {
		return fmt.Errorf("encode the receipt of an erasure: %w", err)
	}
	if _, err := s.requests.Put(ctx, donePrefix+key, value); err != nil {
		return fmt.Errorf("keep the receipt of an erasure: %w", err)
	}
	return s.Forget(ctx, p)
}

func (s *Store) receipt(ctx context.Context, key string) (Receipt, error) {
	var receipt Receipt
	entry, err := s.requests.Get(ctx, donePrefix+key)
	if err == nil {
		err = json.Unmarshal(entry.Value(), &receipt)
	}
	if err != nil {
		return receipt, fmt.Errorf("read the receipt of an erasure: %w", err)
	}
	return receipt, nil
}

// Answered reports whether a receipt was kept for the request as it is: then only Forget is left to do.
func (s *Store) Answered(ctx context.Context, p *Pending) (bool, error) {
	receipt, err := s.receipt(ctx, name(p.Tenant, p.ID))
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return false, nil
	}
	return err == nil && receipt.Pending >= p.revision, err
}

// Forget overwrites every version of a request, newest last, so that an interruption leaves the one that says which receipt answers it.
func (s *Store) Forget(ctx context.Context, p *Pending) error {
	key := name(p.Tenant, p.ID)
	bucket, err := s.js.Stream(ctx, "KV_"+RequestsBucket)
	if err != nil {
		return fmt.Errorf("open the requests for erasure: %w", err)
	}
	history, err := s.requests.History(ctx, pendingPrefix+key)
	if err != nil && !errors.Is(err, jetstream.ErrKeyNotFound) {
		return fmt.Errorf("read the history of a request for erasure: %w", err)
	}
	slices.SortFunc(history, func(a, b jetstream.KeyValueEntry) int { return int(a.Revision()) - int(b.Revision()) })
	for _, version := range history {
		if version.Revision() > p.revision {
			break // added to meanwhile
		}
		if err := stream.Erase(ctx, bucket, version.Revision()); err != nil {
			return fmt.Errorf("overwrite a request for erasure: %w", err)
		}
	}
	if err := s.requests.Purge(ctx, stepPrefix+key); err != nil {
		return fmt.Errorf("take the progress of an erasure away: %w", err)
	}
	return nil
}

// Requests lists the requests of a community ("" for all), newest last.
func (s *Store) Requests(ctx context.Context, tenant string) ([]Request, error) {
	entries, err := s.entries(ctx)
	if err != nil {
		return nil, err
	}
	list, err := s.Refresh(ctx)
	if err != nil {
		return nil, err
	}
	byName, order := map[string]*Request{}, []string{}
	for _, entry := range entries {
		kind, name, _ := strings.Cut(entry.Key(), ".")
		if owner, _, _ := strings.Cut(name, "."); tenant != "" && owner != tenant {
			continue
		}
		request := byName[name]
		if request == nil && kind+"." != stepPrefix {
			request = &Request{}
			byName[name], order = request, append(order, name)
		}
		if request == nil {
			continue
		}
		if err := request.read(kind+".", entry, list); err != nil {
			return nil, err
		}
	}
	requests := make([]Request, 0, len(order))
	for _, name := range order {
		requests = append(requests, *byName[name])
	}
	slices.SortStableFunc(requests, func(a, b Request) int { return a.Seen.Compare(b.Seen) })
	return requests, nil
}

// read puts into the request what an entry of the bucket says of it. A request that waits says more than an earlier receipt.
func (r *Request) read(kind string, entry jetstream.KeyValueEntry, list *Snapshot) error {
	var err error
	switch kind {
	case pendingPrefix:
		var p Pending
		if err = json.Unmarshal(entry.Value(), &p); err == nil {
			answered := r.Receipt != nil && r.Receipt.Pending >= entry.Revision()
			if !answered {
				receipt := r.Receipt
				*r = Request{
					Tenant: p.Tenant, ID: p.ID, Kind: p.Kind, Basis: p.Basis, Policy: p.Policy, State: StatePending, RequestedAt: p.RequestedAt,
					Seen: p.ReceivedAt, Hash: list.Hash(p.Tenant, p.Person).String(), Receipt: receipt,
				}
			}
		}
	case donePrefix:
		var receipt Receipt
		if err = json.Unmarshal(entry.Value(), &receipt); err == nil {
			*r = Request{
				Tenant: receipt.Tenant, ID: receipt.Request, Kind: receipt.Kind, Basis: receipt.Basis, Policy: receipt.Policy, State: StateDone,
				RequestedAt: receipt.RequestedAt, Seen: receipt.ReceivedAt, Done: receipt.DoneAt, Hash: receipt.PersonHash, Receipt: &receipt,
			}
		}
	case stepPrefix:
		var at step
		if err = json.Unmarshal(entry.Value(), &at); err == nil && r.State == StatePending {
			r.Step, r.StepDone, r.StepTotal = at.Step, at.Done, at.Total
		}
	}
	if err != nil {
		return fmt.Errorf("read the request for erasure %s: %w", entry.Key(), err)
	}
	return nil
}

// Request is the request of a community with the id, or ErrNoRequest.
func (s *Store) Request(ctx context.Context, tenant, id string) (Request, error) {
	requests, err := s.Requests(ctx, tenant)
	if err != nil {
		return Request{}, err
	}
	for _, request := range requests {
		if request.Tenant == tenant && request.ID == id {
			return request, nil
		}
	}
	return Request{}, fmt.Errorf("%w: %s", ErrNoRequest, id)
}
