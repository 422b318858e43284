package bench

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/turnout/turnout/internal/stream"
)

// probeTenant begins the names of the communities whose single events are looked for.
const probeTenant = "bench-probe"

// prober sends single events of a community of its own and waits until they are seen.
type prober struct {
	h      *house
	wire   *wire
	tenant string
	heard  chan *nats.Msg
	sub    *nats.Subscription
	nonce  string
	count  int
}

func (r *run) prober(ctx context.Context, h *house, number int) (*prober, error) {
	w, err := dial(ctx, h.addresses.HTTP, h.key, stream.MediaStructured)
	if err != nil {
		return nil, err
	}
	p := &prober{h: h, wire: w, tenant: fmt.Sprintf("%s-%d", probeTenant, number), heard: make(chan *nats.Msg, 64), nonce: time.Now().UTC().Format("20060102T150405.000")}
	if p.sub, err = h.nc.ChanSubscribe(stream.StoredSubject(p.tenant), p.heard); err == nil {
		err = h.nc.Flush()
	}
	if err != nil {
		return nil, fmt.Errorf("listen to what is stored: %w", err)
	}
	return p, nil
}

// probers gives those that probe side by side.
func (r *run) probers(ctx context.Context, h *house) (all []*prober, end func(), err error) {
	end = func() {
		for _, p := range all {
			p.close()
		}
	}
	for n := range r.scale.probers {
		p, err := r.prober(ctx, h, n)
		if err != nil {
			end()
			return nil, nil, err
		}
		all = append(all, p)
	}
	return all, end, nil
}

func (p *prober) close() {
	_ = p.sub.Unsubscribe() // fails only on a closed connection, which ends it as well
	p.wire.conn.Close()
}

// send posts one attendance and tells when it was accepted.
func (p *prober) send(gathering string) (id string, accepted time.Time, err error) {
	p.count++
	id = fmt.Sprintf("probe-%s-%d", p.nonce, p.count)
	if gathering == "" {
		gathering = "gathering-" + id
	}
	status, err := p.wire.post(fmt.Appendf(nil, `{"specversion":"1.0","id":%q,"source":"urn:turnout:bench","type":"attendance.recorded.v1","time":%q,`+
		`"datacontenttype":"application/json","tenant":%q,"data":{"gathering_id":%q,"person_id":%q,"present":true,"role":"participant","method":"qr"}}`,
		id, time.Now().UTC().Add(-time.Hour).Format(time.RFC3339), p.tenant, gathering, id))
	if err == nil && busy(status) {
		err = fmt.Errorf("the server answered %d to a single event", status)
	}
	return id, time.Now(), err
}

// askAgain is when the question is asked without having heard of the event. A question costs the engine some 5 ms of CPU, as much as a
// sixth of the insert that it waits for: asked often, it would be in the way of what it measures.
const (
	askAgain     = 250 * time.Millisecond
	longestProbe = 2 * time.Minute
)

// seen asks until the answer is yes: once the event is said to be stored, and now and then without.
func (p *prober) seen(ctx context.Context, accepted time.Time, asked func() (bool, error)) (time.Duration, error) {
	for time.Since(accepted) < longestProbe {
		timer := time.NewTimer(askAgain)
		select {
		case <-p.heard:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		yes, err := asked()
		if err != nil {
			return 0, err
		}
		if yes {
			return time.Since(accepted), nil
		}
	}
	return 0, fmt.Errorf("an accepted event was not seen within %s", longestProbe)
}

// stored is how long it takes until a query of the facts, as reports make them, has the event.
func (p *prober) stored(ctx context.Context) (time.Duration, error) {
	id, accepted, err := p.send("probe")
	if err != nil {
		return 0, err
	}
	return p.seen(ctx, accepted, func() (bool, error) {
		var n uint64
		err := p.h.db.Conn().QueryRow(ctx, "SELECT count() FROM facts FINAL WHERE tenant = '"+p.tenant+"' AND id = '"+id+"' AND NOT voided").Scan(&n)
		if err != nil {
			return false, fmt.Errorf("look for an event: %w", err)
		}
		return n == 1, nil
	})
}

// reported is how long it takes until a report over HTTP shows it, computing the report included.
func (p *prober) reported(ctx context.Context) (time.Duration, error) {
	id, accepted, err := p.send("")
	if err != nil {
		return 0, err
	}
	path := "/v1/reports/attendance?" + url.Values{"tenant": {p.tenant}}.Encode()
	return p.seen(ctx, accepted, func() (bool, error) {
		var answer struct {
			Rows []struct {
				Gathering string `json:"gathering_id"`
			} `json:"rows"`
		}
		if err := p.h.get(ctx, path, &answer); err != nil {
			return false, err
		}
		for _, row := range answer.Rows {
			if row.Gathering == "gathering-"+id {
				return true, nil
			}
		}
		return false, nil
	})
}
