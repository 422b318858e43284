package gateway_test

import (
	"bytes"
	"context"
	"net/http"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/producers/gateway"
	"github.com/turnout/turnout/producers/internal/streamtest"
)

// acknowledging is a stream that keeps nothing.
type acknowledging struct{}

func (acknowledging) PublishMsg(context.Context, *nats.Msg, ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	return &jetstream.PubAck{Stream: stream.EventsStream, Sequence: 1}, nil
}

// answered is a response that is thrown away.
type answered struct {
	header http.Header
	status int
}

func (a *answered) Header() http.Header         { return a.header }
func (a *answered) WriteHeader(status int)      { a.status = status }
func (a *answered) Write(p []byte) (int, error) { return len(p), nil }

// body is a request's body that can be read again.
type body struct{ bytes.Reader }

func (*body) Close() error { return nil }

// BenchmarkRequest is one event in each mode through the handler, committed at once in memory: what the gateway itself
// costs a request, without the network and without a disk.
func BenchmarkRequest(b *testing.B) {
	structuredEvent := streamtest.Event("event-1", `"tenant":"north",`)
	for _, test := range []struct {
		name, media, body string
		header            map[string]string
	}{
		{"structured", structured, structuredEvent, nil},
		{"ndjson", ndjson, structuredEvent, nil},
		{"batch", batched, "[" + structuredEvent + "]", nil},
		{"binary", "application/json", `{"gathering_id":"m-1","person_id":"p-1","present":true,"role":"participant","method":"desk"}`, map[string]string{
			"Ce-Specversion": "1.0", "Ce-Id": "event-1", "Ce-Source": "/crm", "Ce-Type": "attendance.recorded.v1", "Ce-Time": "2022-05-27T18:05:00+03:00", "Ce-Tenant": "north",
		}},
	} {
		b.Run(test.name, func(b *testing.B) {
			g := gateway.New(gateway.Config{Stream: acknowledging{}, Registry: builtin(b), Limits: gateway.Limits{MaxPayload: streamtest.MaxPayload}})
			if err := g.Start(b.Context()); err != nil {
				b.Fatal(err)
			}
			request, err := http.NewRequestWithContext(auth.With(b.Context(), auth.Everyone()), http.MethodPost, "/v1/events", http.NoBody)
			if err != nil {
				b.Fatal(err)
			}
			request.RemoteAddr = "127.0.0.1:1"
			request.Header.Set("Content-Type", test.media)
			for name, value := range test.header {
				request.Header.Set(name, value)
			}
			var held body
			request.Body, request.ContentLength = &held, int64(len(test.body))
			raw := []byte(test.body)
			w := &answered{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				held.Reset(raw)
				clear(w.header)
				g.ServeHTTP(w, request)
				if w.status != http.StatusAccepted {
					b.Fatal(w.status)
				}
			}
			if err := g.Stop(b.Context()); err != nil {
				b.Error(err)
			}
		})
	}
}
