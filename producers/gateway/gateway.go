package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/internal/webconn"
	"github.com/turnout/turnout/producers"
	"github.com/turnout/turnout/schemas"
)

// Gateway is the HTTP handler for POST and OPTIONS on the events' path. Start it
// before it serves and Stop it after the HTTP server has shut down. The caller's
// identity is taken from the request's context (package auth).
type Gateway struct {
	registry  *schemas.Registry
	limits    Limits
	ready     func() error
	log       *slog.Logger
	committer *committer
	reading   *budget
	inflators *inflators
	rates     *rates
	metrics   *metrics
}

// New makes a gateway of a valid Config.
func New(cfg Config) *Gateway {
	limits := cfg.Limits.withDefaults()
	packEvents, packBytes := limits.packLimits()
	g := &Gateway{
		registry: cfg.Registry, limits: limits, ready: cfg.Ready, log: cfg.Logger,
		reading:   newBudget(limits.ReadingBytes),
		inflators: newInflators(),
		rates:     newRates(cfg.RatePerKey, max(cfg.RateBurst, limits.Events)),
	}
	if g.log == nil {
		g.log = slog.New(slog.DiscardHandler)
	}
	g.committer = &committer{
		js: cfg.Stream, packEvents: packEvents, packBytes: packBytes, timeout: limits.CommitTimeout,
		limit:   usage{events: limits.QueueEvents, bytes: limits.QueueBytes},
		clients: make(map[string]*usage), wake: make(chan struct{}, 1), finished: make(chan struct{}),
		stored: g.onStored, failed: g.onFailed,
	}
	g.metrics = newMetrics(cfg.Registerer, cfg.Registry, g.committer.waiting)
	return g
}

// Start begins to commit. The context bounds nothing but Start itself; Stop ends the work.
func (g *Gateway) Start(ctx context.Context) error {
	work, abort := context.WithCancel(context.WithoutCancel(ctx))
	g.committer.abort = abort
	go g.committer.run(work)
	return nil
}

// Stop refuses new events, commits what is queued and returns. When ctx ends
// first, what is left is answered 503 and ctx's error returned.
func (g *Gateway) Stop(ctx context.Context) error {
	if g.committer.abort == nil {
		return nil // never started
	}
	g.committer.close()
	defer g.committer.abort()
	select {
	case <-g.committer.finished:
		return nil
	case <-ctx.Done():
		g.committer.abort()
		<-g.committer.finished
		return fmt.Errorf("drain gateway: %w", ctx.Err())
	}
}

// ServeHTTP takes events by POST and answers the webhook handshake on OPTIONS.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodPost:
		g.publish(w, r)
	case http.MethodOptions:
		g.handshake(w, r)
	default:
		w.Header().Set("Allow", allowedMethods)
		problem.Write(w, r, &problem.Error{
			Status: http.StatusMethodNotAllowed, Code: "method_not_allowed",
			Detail: fmt.Sprintf("Events are published with POST, not %s.", r.Method),
		})
	}
}

func (g *Gateway) publish(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	mode, report, err := g.accept(w, r)
	var status int
	if err != nil {
		p := problem.From(err)
		status = p.Status
		g.metrics.refused(p.Code)
		if status >= http.StatusInternalServerError {
			g.log.Warn("events turned away", "code", p.Code, "error", p.Cause)
		}
		writeProblem(w, r, p)
	} else {
		status = writeReport(w, r, report)
	}
	g.metrics.request(mode, status, time.Since(started))
}

// accept does the work of a request up to its answer: a report, or a problem
// that concerns the request as a whole.
func (g *Gateway) accept(w http.ResponseWriter, r *http.Request) (mode, producers.Report, error) {
	var none producers.Report
	mode, err := modeOf(r.Header)
	if err != nil {
		return mode, none, err
	}
	bind, err := newBinder(auth.From(r.Context()), tenantsAsked(r.URL))
	if err != nil {
		return mode, none, err
	}
	if err := g.readiness(); err != nil {
		return mode, none, notReady(err)
	}
	webconn.Unwatched(r.Context()) // what it sent is stored whether it stays or leaves
	client := clientOf(r)
	report, lines, err := g.read(w, r, mode, bind, client)
	if err != nil {
		return mode, none, err
	}
	return mode, report, g.store(r.Context(), newSubmission(client, mode, lines))
}

// read takes a body in and gives what may be stored of it. Nothing refers to the
// body afterwards: its memory serves the next request while this one waits.
func (g *Gateway) read(w http.ResponseWriter, r *http.Request, mode mode, bind *binder, client string) (producers.Report, []line, error) {
	var none producers.Report
	body, err := g.readBody(w, r)
	if err != nil {
		return none, nil, err
	}
	defer g.reading.free(body)
	raws, err := g.split(mode, body.bytes)
	if err != nil {
		return none, nil, err
	}
	if wait := g.rates.take(client, len(raws)); wait > 0 {
		return none, nil, tooFast(wait)
	}
	return g.intake(mode, r.Header, bind, raws)
}

// store waits until all lines are on disk. A client that goes away stops
// waiting; its events are committed all the same.
func (g *Gateway) store(ctx context.Context, s *submission) error {
	if len(s.lines) == 0 {
		return nil
	}
	if err := g.committer.submit(s); err != nil {
		return turnedAway(err)
	}
	select {
	case <-s.done:
	case <-ctx.Done():
		return &problem.Error{
			Status: statusClientGone, Code: "client_gone", Cause: context.Cause(ctx),
			Detail: "The request was given up before its events were on disk; they are being stored all the same.",
		}
	}
	if s.err != nil {
		return unavailable(s.err, g.readiness())
	}
	return nil
}

func (g *Gateway) readiness() error {
	if g.ready == nil {
		return nil
	}
	return g.ready()
}

// clientOf names whose share of the queue and whose rate a request uses.
func clientOf(r *http.Request) string {
	if key := auth.From(r.Context()).KeyID; key != "" {
		return "key " + key
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return "address " + host
}

// Rejections gives how many events, and requests as a whole, were refused since the gateway was made, by code.
func (g *Gateway) Rejections() map[string]int64 { return g.metrics.rejections() }

func (g *Gateway) onStored(parts []part, took time.Duration) { g.metrics.packStored(parts, took) }

func (g *Gateway) onFailed(err error, took time.Duration) {
	g.metrics.packFailed(took)
	level := slog.LevelWarn
	if errors.Is(err, producers.ErrTooLarge) {
		level = slog.LevelError // a setting of the server is wrong; waiting does not help
	}
	g.log.Log(context.Background(), level, "pack not stored", "error", err, "took", took)
}
