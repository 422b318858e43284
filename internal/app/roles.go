package app

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/turnout/turnout/dashboards/api"
	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/tenants"
	"github.com/turnout/turnout/producers/gateway"
)

// startRoles starts the roles in the order of the data's way: into the stream,
// into the warehouse, out to people.
func (a *app) startRoles(ctx context.Context, listener *webServer) error {
	if err := a.openStream(ctx); err != nil {
		return err
	}
	mux := http.NewServeMux()
	if a.has(roleGateway) {
		if err := a.startGateway(ctx, mux); err != nil {
			return err
		}
	}
	if err := a.startStoring(ctx); err != nil {
		return err
	}
	var desk *api.API
	if a.has(roleDashboard) {
		var err error
		if desk, err = a.mountDashboard(mux); err != nil {
			return err
		}
	}
	a.metrics.Registerer().MustRegister(newObserver(a))
	a.mountOperations(mux)
	a.mountLongWork(mux)
	listener.serve(mux, a.fatal)
	a.life.onStop("HTTP", listener.stop)
	if desk != nil { // first of all: HTTP stops when every answer is finished
		a.life.onStop("live streams", func(context.Context) error { desk.EndStreams(); return nil })
	}
	return nil
}

// openStream makes the streams, and opens what is kept in them beside events.
func (a *app) openStream(ctx context.Context) error {
	if err := stream.EnsureTopology(ctx, a.js, a.topology); stream.Full(err) {
		return &problem.Error{
			Code: "stream_too_large", Pointer: "--stream-max-bytes", Cause: err,
			Detail: fmt.Sprintf("the NATS server has no room to reserve for the streams: %v", err),
			Hint:   "lower --stream-max-bytes, or raise max_file_store of the server's jetstream block",
		}
	} else if err != nil {
		return fmt.Errorf("make the streams: %w", err)
	}
	if err := a.guardSequences(ctx); err != nil {
		return err
	}
	settings, err := tenants.Open(ctx, a.js, a.cfg.StreamReplicas, a.logger)
	if err != nil {
		return fmt.Errorf("open the tenants' settings: %w", err)
	}
	a.tenants = settings
	a.noteSettings()
	a.life.onStop("tenants' settings", func(context.Context) error { settings.Close(); return nil })

	if a.erased, err = erasures.Open(ctx, a.js, a.cfg.StreamReplicas); err != nil {
		return fmt.Errorf("open the list of erased persons: %w", err)
	}
	a.watchRoom()
	return nil
}

// startStoring opens the warehouse, and in the role consumer brings events there and looks after them.
func (a *app) startStoring(ctx context.Context) error {
	if !a.has(roleConsumer) && !a.has(roleDashboard) {
		return nil
	}
	a.ready.add("warehouse", a.house.ready)
	a.life.onStop("warehouse", func(context.Context) error { return a.house.close() })
	if a.has(roleConsumer) {
		a.ready.add("consumer", a.storing)
		a.life.background("redelivery", a.redeliver)
	}
	a.life.background("consumer", func(ctx context.Context) {
		if writer := a.openWarehouse(ctx); writer != nil && a.has(roleConsumer) {
			a.consume(ctx, writer)
		}
	})
	if err := a.keepAudits(ctx); err != nil {
		return err
	}
	if a.has(roleConsumer) {
		a.life.background("rollups", a.rollUp)
		a.life.background("erasure", a.erase)
	}
	return nil
}

func (a *app) startGateway(ctx context.Context, mux *http.ServeMux) error {
	cfg := gateway.Config{
		Stream: a.js, Registry: a.registry, Ready: a.intakeReady,
		Registerer: a.metrics.Registerer(), Logger: a.logger, RatePerKey: a.cfg.Rate,
		Limits: gateway.Limits{
			BodyBytes: int64(a.cfg.MaxBodyBytes), Events: a.cfg.MaxBatchEvents, EventBytes: int(a.cfg.MaxEventBytes),
			MaxPayload: a.nc.MaxPayload(), QueueBytes: int(a.cfg.QueueBytes),
		},
	}
	if err := cfg.Validate(); err != nil {
		return fmt.Errorf("configure the gateway: %w", err)
	}
	entrance, since := gateway.New(cfg), time.Now()
	a.rejections = func() (time.Time, map[string]int64) { return since, entrance.Rejections() }
	if err := entrance.Start(ctx); err != nil {
		return fmt.Errorf("start the gateway: %w", err)
	}
	a.life.onStop("gateway", entrance.Stop)
	guarded := auth.Require(auth.Publish, a.keys, entrance)
	mux.Handle("/v1/events", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodOptions {
			// The CloudEvents webhook handshake comes without credentials.
			entrance.ServeHTTP(w, r)
			return
		}
		guarded.ServeHTTP(w, r)
	}))
	return nil
}

// mountOperations mounts what people who run the program need.
func (a *app) mountOperations(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", a.healthz)
	mux.Handle("GET /readyz", a.ready.handler())
	mux.Handle("GET /metrics", auth.Require(auth.Read, a.keys, wholeHouse(a.metrics.Handler())))
	mux.Handle("GET /v1/tenants/{tenant}", auth.Require(auth.Read, a.keys, a.tenants.Handler()))
	mux.Handle("PUT /v1/tenants/{tenant}", auth.Require(auth.Admin, a.keys, a.tenants.Handler()))
}
