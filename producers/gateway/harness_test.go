package gateway_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/producers"
	"github.com/turnout/turnout/producers/gateway"
	"github.com/turnout/turnout/producers/internal/streamtest"
	"github.com/turnout/turnout/schemas"
)

const patience = time.Minute // for a busy machine; nothing waits longer than it must

// harness is a gateway behind a real HTTP server before a real NATS server.
type harness struct {
	*streamtest.Server
	gateway  *gateway.Gateway
	registry *prometheus.Registry
	url      string
	identity auth.Identity // of every request
}

// start runs a harness; change may set what a test is about.
func start(tb testing.TB, change func(*gateway.Config, *harness)) *harness {
	tb.Helper()
	h := &harness{Server: streamtest.Start(tb, 0), registry: prometheus.NewRegistry(), identity: auth.Everyone()}
	cfg := gateway.Config{
		Stream: h.JS, Registry: builtin(tb), Registerer: h.registry,
		Limits: gateway.Limits{MaxPayload: streamtest.MaxPayload},
	}
	if change != nil {
		change(&cfg, h)
	}
	if err := cfg.Validate(); err != nil {
		tb.Fatal(err)
	}
	h.gateway = gateway.New(cfg)
	if err := h.gateway.Start(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := h.identity
		if key := r.Header.Get(testKeyHeader); key != "" {
			id.KeyID = key
		}
		h.gateway.ServeHTTP(w, r.WithContext(auth.With(r.Context(), id)))
	}))
	h.url = server.URL
	tb.Cleanup(func() {
		server.Close()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := h.gateway.Stop(ctx); err != nil {
			tb.Error(err)
		}
	})
	return h
}

func builtin(tb testing.TB) *schemas.Registry {
	tb.Helper()
	registry, err := schemas.Builtin()
	if err != nil {
		tb.Fatal(err)
	}
	return registry
}

// answer is a response read to its end: a report or a problem document.
type answer struct {
	status  int
	header  http.Header
	report  producers.Report
	problem problem.Document
}

type call struct {
	method, query, media string
	header               map[string]string
	body                 string
	reader               io.Reader // instead of body
}

func (h *harness) send(tb testing.TB, c call) answer {
	tb.Helper()
	if c.method == "" {
		c.method = http.MethodPost
	}
	if c.reader == nil {
		c.reader = strings.NewReader(c.body)
	}
	request, err := http.NewRequestWithContext(tb.Context(), c.method, h.url+"/v1/events"+c.query, c.reader)
	if err != nil {
		tb.Fatal(err)
	}
	if c.media != "" {
		request.Header.Set("Content-Type", c.media)
	}
	for name, value := range c.header {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		tb.Fatal(err)
	}
	defer response.Body.Close()
	return readAnswer(tb, response)
}

func readAnswer(tb testing.TB, response *http.Response) answer {
	tb.Helper()
	got := answer{status: response.StatusCode, header: response.Header}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		tb.Fatal(err)
	}
	var into any
	switch response.Header.Get("Content-Type") {
	case problem.MediaType:
		into = &got.problem
	case "application/json":
		into = &got.report
	default:
		return got
	}
	if err := json.Unmarshal(body, into); err != nil {
		tb.Fatalf("answer %q: %v", body, err)
	}
	return got
}

// testKeyHeader names the key of one request of a test.
const testKeyHeader = "Test-Key"

// sendAs sends with another key.
func (h *harness) sendAs(tb testing.TB, key string, c call) answer {
	tb.Helper()
	c.header = map[string]string{testKeyHeader: key}
	return h.send(tb, c)
}

const (
	structured = "application/cloudevents+json"
	batched    = "application/cloudevents-batch+json"
	ndjson     = "application/x-ndjson"
)

func decodeReport(tb testing.TB, text string) producers.Report {
	tb.Helper()
	var report producers.Report
	if err := json.Unmarshal([]byte(text), &report); err != nil {
		tb.Fatal(err)
	}
	return report
}
