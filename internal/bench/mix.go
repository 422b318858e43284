package bench

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/turnout/turnout/producers/simulator"
	"github.com/turnout/turnout/schemas"
)

// mix is an endless, repeatable row of events as many communities send them: simulated universities, each event as it was simulated but
// for its community. What goes round is the communities: when those of a generation have sent all they have, others begin. So every
// event is another one, but for the simulated duplicates (1 %), and what one batch holds is of about the same week.
//
// Left out are events that are malformed on purpose, and requests to be forgotten: a walk through the whole stream is not what is measured.
type mix struct {
	tenants int
	each    int // events of a community
	bases   [][]cut
	sent    int
	first   int // number of the first community
}

// cut is an event and where the name of its community stands.
type cut struct {
	raw  []byte
	at   int
	kind string // its type
}

// placeholder is as long as every name that replaces it.
const placeholder = "bench-000000"

// stagger is how much later in its year a community begins than the one before it of the same university.
const stagger = 37

var errNoTenant = errors.New("an event does not name its community")

// newMix simulates. The same seed gives the same events.
func newMix(seed uint64, s scale) (*mix, error) {
	m := &mix{tenants: s.tenants, each: s.mostEach}
	for n := range s.bases {
		base, err := simulate(seed+uint64(n), s.years)
		if err != nil {
			return nil, err
		}
		if m.each == 0 || len(base) < m.each {
			m.each = len(base)
		}
		m.bases = append(m.bases, base)
	}
	return m, nil
}

// simulate gives the events of a university's years, without the registrations of those who were there before.
func simulate(seed uint64, years int) ([]cut, error) {
	communities, err := simulator.Config{Tenant: placeholder, Preset: simulator.University, Years: years, Seed: seed}.Tenants()
	if err != nil {
		return nil, fmt.Errorf("simulate a university: %w", err)
	}
	var all []cut
	for community := range communities {
		for item := range community.Items() {
			if item.Fault == simulator.Malformed || item.Event.Type == erasedType || item.Event.Type == registeredType && item.Event.Time.Before(community.From) {
				continue
			}
			at := bytes.Index(item.Raw, []byte(`"tenant":"`+placeholder+`"`))
			if at < 0 {
				return nil, errNoTenant
			}
			all = append(all, cut{raw: bytes.TrimSpace(bytes.Clone(item.Raw)), at: at + len(`"tenant":"`), kind: item.Event.Type})
		}
	}
	return all, nil
}

const (
	erasedType     = "member.erased.v1" // asks that a person be forgotten
	registeredType = "member.registered.v1"
)

// next gives the following n events, each in one line without its end.
func (m *mix) next(n int) [][]byte {
	size := 0
	for i := range n {
		c, _ := m.event(m.sent + i)
		size += len(c.raw)
	}
	room, events := make([]byte, 0, size), make([][]byte, n)
	for i := range events {
		c, tenant := m.event(m.sent + i)
		from := len(room)
		room = append(room, c.raw...)
		event := room[from:len(room):len(room)]
		copy(event[c.at:], tenantName(tenant))
		events[i] = event
	}
	m.sent += n
	return events
}

// event is number k of the row, and the number of its community.
func (m *mix) event(k int) (*cut, int) {
	generation, within := k/(m.tenants*m.each), k%(m.tenants*m.each)
	step, tenant := within/m.tenants, within%m.tenants
	base := m.bases[tenant%len(m.bases)]
	return &base[(step+tenant/len(m.bases)*stagger)%m.each], m.first + generation*m.tenants + tenant
}

func tenantName(number int) string { return fmt.Sprintf("bench-%06d", number) }

// packs gives the next n events as bodies of messages (NDJSON), each of so many.
func (m *mix) packs(n, each int) [][]byte {
	var bodies [][]byte
	for ; n > 0; n -= each {
		bodies = append(bodies, append(bytes.Join(m.next(min(n, each)), []byte("\n")), '\n'))
	}
	return bodies
}

// decoded are the next n events as the program has them.
func (m *mix) decoded(n int) ([]*schemas.Event, error) {
	events := make([]*schemas.Event, n)
	for i, raw := range m.next(n) {
		event, err := schemas.DecodeStructured(raw)
		if err != nil {
			return nil, fmt.Errorf("decode a simulated event: %w", err)
		}
		events[i] = event
	}
	return events, nil
}
