package faults

import (
	"context"
	"fmt"
	"time"
)

// between is a pair of parts with a network in between.
type between struct {
	name, parts string
	target      func(h *House) string
	// place sends one side of the pair through the proxy.
	place func(ctx context.Context, r *Round, address string) error
}

// networks are the faults of every network that there is between two parts.
func networks() []Kind {
	toStream := func(h *House) string { return h.NATS }
	pairs := []between{
		{"network-client-gateway", "publishers and the gateway", func(h *House) string { return h.HTTP }, func(_ context.Context, r *Round, address string) error {
			r.Via.HTTP = address
			return nil
		}},
		{"network-client-stream", "publishers and the stream", toStream, func(_ context.Context, r *Round, address string) error {
			r.Via.NATS = address
			return nil
		}},
		{"network-gateway-stream", "a gateway and the stream", toStream, func(ctx context.Context, r *Round, address string) error {
			_, gateway, err := r.House.Serve(ctx, []string{"gateway"}, address, "")
			r.Via.HTTP = gateway
			return err
		}},
		{"network-consumer-stream", "one of two consumers and the stream", toStream, func(ctx context.Context, r *Round, address string) error {
			_, _, err := r.House.Serve(ctx, []string{"consumer"}, address, "")
			return err
		}},
		{"network-consumer-engine", "one of two consumers and ClickHouse", func(h *House) string { return h.ClickHouse }, func(ctx context.Context, r *Round, address string) error {
			_, _, err := r.House.Serve(ctx, []string{"consumer"}, "", address)
			return err
		}},
	}
	kinds := make([]Kind, len(pairs))
	for i, pair := range pairs {
		kinds[i] = pair.kind()
	}
	return kinds
}

func (b between) kind() Kind {
	var proxy *Proxy // of the round that is played; rounds come one after the other
	return Kind{
		Name: b.name, Does: "between " + b.parts + ": late, reset, half-open and truncated, up and down", Heal: "the network is fair again",
		Prepare: func(ctx context.Context, r *Round) error {
			if proxy != nil {
				proxy.Close()
			}
			var err error
			if proxy, err = NewProxy(ctx, b.target(r.House), r.Random.Uint64()); err != nil {
				return err
			}
			return b.place(ctx, r, proxy.Address)
		},
		Break: func(ctx context.Context, r *Round) error { return storms(ctx, r, proxy) },
		Mend: func(context.Context, *Round) error {
			proxy.Set(Weather{Mode: Fair})
			return nil
		},
		Check: func(_ context.Context, r *Round) []string {
			proxy.Close()
			r.Missed = proxy.Struck() == 0
			return nil
		},
	}
}

// storms let two or three kinds of weather pass, each for a while, and wait until nearly everything was sent.
func storms(ctx context.Context, r *Round, proxy *Proxy) error {
	modes := []Mode{Delayed, Cut, HalfOpen, Truncated}
	r.Random.Shuffle(len(modes), func(i, j int) { modes[i], modes[j] = modes[j], modes[i] })
	times := r.Chance(2, 3)
	for i, mode := range modes[:times] {
		if err := r.Until(ctx, float64(10+i*25+r.Chance(0, 10))/100); err != nil {
			return err
		}
		way := r.Chance(1, 3)
		w := Weather{Mode: mode, Up: way != 1 && mode != Truncated, Down: way != 2 || mode == Truncated, Delay: time.Duration(r.Chance(5, 400)) * time.Millisecond}
		r.Notef("weather: %s, up %t, down %t", w.Mode, w.Up, w.Down)
		proxy.Set(w)
		if err := wait(ctx, time.Duration(r.Chance(200, 1500))*time.Millisecond); err != nil {
			return err
		}
		proxy.Set(Weather{Mode: Fair})
	}
	return r.Until(ctx, 1)
}

// wait lets time pass, unless the round is over before.
func wait(ctx context.Context, length time.Duration) error {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for %s: %w", length, context.Cause(ctx))
	}
}
