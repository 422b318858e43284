package gateway_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/producers/gateway"
	"github.com/turnout/turnout/producers/internal/streamtest"
)

// BenchmarkDecode is a request of 1,000 lines without the network and without a
// disk: decoding, checking, encoding, packing, answering.
func BenchmarkDecode(b *testing.B) {
	g := gateway.New(gateway.Config{Stream: &memoryStream{}, Registry: builtin(b), Limits: gateway.Limits{MaxPayload: streamtest.MaxPayload}})
	if err := g.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := g.Stop(b.Context()); err != nil && b.Context().Err() == nil {
			b.Error(err)
		}
	})
	body := lines(1000)
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		request := httptest.NewRequestWithContext(auth.With(b.Context(), auth.Everyone()), http.MethodPost, "/", bytes.NewReader(body))
		request.Header.Set("Content-Type", ndjson)
		recorder := httptest.NewRecorder()
		g.ServeHTTP(recorder, request)
		if recorder.Code != http.StatusAccepted {
			b.Fatal(recorder.Body)
		}
	}
	b.ReportMetric(1000*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkCommit is the whole way over loopback HTTP to a JetStream that syncs
// every message to disk, by clients at a time and events a request.
func BenchmarkCommit(b *testing.B) {
	for _, size := range []struct{ clients, events int }{{1, 1}, {16, 1}, {64, 1}, {1, 100}, {8, 100}, {4, 500}} {
		b.Run(fmt.Sprintf("clients=%d/events=%d", size.clients, size.events), func(b *testing.B) {
			h := start(b, nil)
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: size.clients}}
			body := lines(size.events)
			b.SetParallelism((size.clients + 1) / 2) // of 2 processors
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					response, err := client.Post(h.url, ndjson, bytes.NewReader(body))
					if err != nil {
						b.Error(err)
						return
					}
					_, _ = io.Copy(io.Discard, response.Body)
					response.Body.Close()
					if response.StatusCode != http.StatusAccepted {
						b.Errorf("status %d", response.StatusCode)
						return
					}
				}
			})
			b.ReportMetric(float64(size.events)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// BenchmarkGroupCommit is the same without HTTP's own cost: the handler is called
// directly. It shows what committing together is worth.
func BenchmarkGroupCommit(b *testing.B) {
	for _, clients := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("clients=%d/events=1", clients), func(b *testing.B) {
			h := start(b, nil)
			body := lines(1)
			ctx := auth.With(b.Context(), auth.Everyone())
			b.SetParallelism((clients + 1) / 2) // of 2 processors
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					request := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", bytes.NewReader(body))
					request.Header.Set("Content-Type", ndjson)
					recorder := httptest.NewRecorder()
					h.gateway.ServeHTTP(recorder, request)
					if recorder.Code != http.StatusAccepted {
						b.Error(recorder.Body)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

func lines(count int) []byte {
	var body strings.Builder
	for i := range count {
		body.WriteString(streamtest.Event(fmt.Sprintf("event-%06d", i), "") + "\n")
	}
	return []byte(body.String())
}
