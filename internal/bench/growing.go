package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/producers/simulator"
)

// growing is a community that grows for ever: one simulated university after the other, under one name. Their ids differ, so they make one
// large community.
type growing struct {
	tenant string
	next   func() ([]byte, bool)
	stop   func()
	err    error // of the simulation
}

// grow begins a community. stop must be called.
func grow(tenant string, preset simulator.Preset, years int, seed uint64) *growing {
	g := &growing{tenant: tenant}
	g.next, g.stop = iter.Pull(func(yield func([]byte) bool) {
		for ; ; seed++ {
			communities, err := simulator.Config{Tenant: tenant, Preset: preset, Years: years, Seed: seed}.Tenants()
			if err != nil {
				g.err = fmt.Errorf("simulate %s: %w", tenant, err)
				return
			}
			for community := range communities {
				for item := range community.Items() {
					if item.Fault != simulator.Malformed && item.Event.Type != erasedType && !yield(bytes.TrimSpace(item.Raw)) {
						return
					}
				}
			}
		}
	})
	return g
}

// publish sends the next so many events in packs, and tells how far it is.
func (g *growing) publish(ctx context.Context, h *house, events, pack int, told func(done int)) error {
	for sent := 0; sent < events; {
		var bodies [][]byte
		for n := 0; n < slice && sent < events; {
			body, count := g.pack(min(pack, events-sent))
			if g.err != nil || count == 0 {
				return errors.Join(g.err, ctx.Err())
			}
			bodies, n, sent = append(bodies, body), n+count, sent+count
		}
		if err := publishAsync(ctx, h.nc, packMessages(stream.PackSubject(""), bodies), packsAtOnce); err != nil {
			return err
		}
		told(sent)
	}
	return nil
}

// pack joins so many events in lines.
func (g *growing) pack(events int) (body []byte, count int) {
	for ; count < events; count++ {
		raw, ok := g.next()
		if !ok {
			break
		}
		body = append(append(body, raw...), '\n')
	}
	return body, count
}
