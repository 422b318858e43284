package people

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/turnout/turnout/dashboards/reporting"
	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

// House finds what the warehouse holds; *warehouse.DB is one.
type House interface {
	// FindPersons gives the rows in which one of the ids stands, replaced ones included.
	FindPersons(ctx context.Context, table, tenant string, ids []string, take func(*warehouse.StoredEvent) error) error
	// Merges are those in force, each as (given up, stays).
	Merges(ctx context.Context, tenant string) ([][2]string, error)
	// Standing gives by key hash the content that is the truth now.
	Standing(ctx context.Context, tenant string, keys []*big.Int) (map[string]uint64, error)
}

// Letters are the dead letters; *stream.DeadLetters is one.
type Letters interface {
	List(ctx context.Context, tenant string, limit int, after uint64) ([]stream.DeadLetter, error)
}

// Requests are those to forget somebody; *erasures.Store is one.
type Requests interface {
	Requests(ctx context.Context, tenant string) ([]erasures.Request, error)
	Holds(tenant, person string) bool
	Hash(tenant, person string) string
}

// Desk answers what is held about persons.
type Desk struct {
	House    func() (House, error) // an error while the warehouse is not there
	Letters  Letters
	Requests Requests
	Registry *schemas.Registry
	Now      func() time.Time // nil is the system's clock
}

// class is a person: all ids that merges make one.
type class struct {
	ids    []string // sorted
	now    string
	merged map[string][]string
}

func (c *class) has(id string) bool { _, found := slices.BinarySearch(c.ids, id); return found }

// Record gathers everything about the person.
func (d *Desk) Record(ctx context.Context, tenant, person string) (*Record, error) {
	g, err := d.gather(ctx, tenant, person)
	if err != nil {
		return nil, err
	}
	if err := g.steps(ctx); err != nil {
		return nil, err
	}
	if err := g.standing(ctx); err != nil {
		return nil, err
	}
	if err := g.letters(ctx); err != nil {
		return nil, err
	}
	if err := g.requests(ctx); err != nil {
		return nil, err
	}
	return g.finish(), nil
}

// Consents tells what the person allows, and what was said of it.
func (d *Desk) Consents(ctx context.Context, tenant, person string) (*Record, error) {
	g, err := d.gather(ctx, tenant, person)
	if err != nil {
		return nil, err
	}
	if err := g.standing(ctx); err != nil {
		return nil, err
	}
	return g.finish(), nil
}

func (d *Desk) gather(ctx context.Context, tenant, person string) (*gathering, error) {
	if person == "" || len(person) > longestID {
		return nil, &problem.Error{
			Status: http.StatusBadRequest, Code: "bad_value", Title: "Bad parameter", Pointer: "/parameters/person",
			Detail: "No person is given, or a text that is no id.", Hint: "Give one id of the person.",
		}
	}
	if err := NoMarker(person); err != nil {
		return nil, err
	}
	house, err := d.House()
	if err != nil {
		return nil, fmt.Errorf("reach the warehouse: %w", err)
	}
	merges, err := house.Merges(ctx, tenant)
	if err != nil {
		return nil, fmt.Errorf("tell what is held of a person: %w", err)
	}
	g := &gathering{desk: d, house: house, tenant: tenant, person: person, class: classOf(person, merges), seen: map[uint64]bool{}}
	err = house.FindPersons(ctx, warehouse.TableEvents, tenant, g.class.ids, g.take)
	if err != nil {
		return nil, fmt.Errorf("tell what is held of a person: %w", err)
	}
	return g, nil
}

// NoMarker refuses what lists show in the place of an id: it names nobody.
func NoMarker(person string) error {
	if person != reporting.Withheld {
		return nil
	}
	return &problem.Error{
		Status: http.StatusBadRequest, Code: "withheld", Title: "Withheld", Pointer: "/parameters/person",
		Detail: reporting.Withheld + " stands in lists for persons who do not allow to be named there; it is no id.", Hint: "Give the id by which the person is known to you.",
	}
}

// longestID is that of the schemas.
const longestID = 256 * 4

// classOf follows the merges in both directions: they say that all these are one human being. The id that counts is the end of the chain,
// or the smallest of a circle.
func classOf(person string, merges [][2]string) *class {
	into, near := map[string]string{}, map[string][]string{}
	for _, m := range merges {
		if m[0] != m[1] {
			into[m[0]] = m[1]
			near[m[0]], near[m[1]] = append(near[m[0]], m[1]), append(near[m[1]], m[0])
		}
	}
	found := map[string]bool{person: true}
	for waiting := []string{person}; len(waiting) > 0; waiting = waiting[1:] {
		for _, other := range near[waiting[0]] {
			if !found[other] {
				found[other] = true
				waiting = append(waiting, other)
			}
		}
	}
	c := &class{ids: slices.Sorted(maps.Keys(found)), merged: map[string][]string{}}
	for _, id := range c.ids {
		if to, merged := into[id]; merged {
			c.merged[id] = []string{to}
		}
	}
	path := []string{person}
	for c.now = person; ; {
		next, merged := into[c.now]
		if !merged {
			return c
		}
		if i := slices.Index(path, next); i >= 0 {
			c.now = slices.Min(path[i:])
			return c
		}
		path, c.now = append(path, next), next
	}
}

// byTime orders events as things happened; what happened at once, as it was received.
func byTime(a, b *found) int {
	return cmp.Or(a.stored.Event.Time.Compare(b.stored.Event.Time), a.stored.Arrival.Received.Compare(b.stored.Arrival.Received),
		strings.Compare(a.stored.Event.ID, b.stored.Event.ID))
}
