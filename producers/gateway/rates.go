package gateway

import (
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxClients bounds how many clients' rates are remembered.
const maxClients = 10_000

// rates limits how many events a second each client sends.
type rates struct {
	limit rate.Limit // rate.Inf when off
	burst int

	mu      sync.Mutex
	clients map[string]*rate.Limiter
}

func newRates(perSecond float64, burst int) *rates {
	limit := rate.Limit(perSecond)
	if perSecond == 0 {
		limit = rate.Inf
	}
	return &rates{limit: limit, burst: burst, clients: make(map[string]*rate.Limiter)}
}

// take counts events against a client's rate; a positive answer means that they
// are too many, and how long to wait.
func (r *rates) take(client string, events int) time.Duration {
	if r.limit == rate.Inf || events == 0 {
		return 0
	}
	now := time.Now()
	reservation := r.limiter(client, now).ReserveN(now, events)
	wait := reservation.DelayFrom(now)
	if wait > 0 {
		reservation.CancelAt(now)
	}
	return wait
}

func (r *rates) limiter(client string, now time.Time) *rate.Limiter {
	r.mu.Lock()
	defer r.mu.Unlock()
	limiter := r.clients[client]
	if limiter == nil {
		if len(r.clients) >= maxClients {
			r.forget(now)
		}
		limiter = rate.NewLimiter(r.limit, r.burst)
		r.clients[client] = limiter
	}
	return limiter
}

// forget drops clients that have been quiet long enough to have their full burst
// again; when there are none, any: a new limiter is the more generous one.
func (r *rates) forget(now time.Time) {
	for client, limiter := range r.clients {
		if limiter.TokensAt(now) >= float64(r.burst) {
			delete(r.clients, client)
		}
	}
	for client := range r.clients {
		if len(r.clients) < maxClients {
			return
		}
		delete(r.clients, client)
	}
}

func (r *rates) perMinute() float64 {
	if r.limit == rate.Inf {
		return math.Inf(1)
	}
	return float64(r.limit) * time.Minute.Seconds()
}
