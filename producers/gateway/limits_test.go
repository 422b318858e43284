package gateway_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/producers"
	"github.com/turnout/turnout/producers/gateway"
	"github.com/turnout/turnout/producers/internal/streamtest"
)

// The event's own tenant counts; without one the query's, the key's, the default; a conflict is refused.
func TestTenants(t *testing.T) {
	t.Parallel()
	north := auth.Identity{KeyID: "k1", Tenant: "north", Scopes: []auth.Scope{auth.Publish}}
	every := auth.Identity{KeyID: "k2", Scopes: []auth.Scope{auth.Publish}}
	for _, test := range []struct {
		name           string
		identity       auth.Identity
		query, own     string
		status         int
		stored, code   string
		problemPointer string
	}{
		{name: "nothing named", identity: every, status: 202, stored: "default"},
		{name: "by the event", identity: every, own: "west", status: 202, stored: "west"},
		{name: "by the query", identity: every, query: "?tenant=west", status: 202, stored: "west"},
		{name: "by both", identity: every, query: "?tenant=west", own: "west", status: 202, stored: "west"},
		{name: "by the key", identity: north, status: 202, stored: "north"},
		{name: "by key and event", identity: north, own: "north", status: 202, stored: "north"},
		{name: "by key and query", identity: north, query: "?tenant=north", status: 202, stored: "north"},
		{name: "event against key", identity: north, own: "west", status: 422, code: "tenant_mismatch"},
		{name: "event default against key", identity: north, own: "default", status: 422, code: "tenant_mismatch"},
		{name: "event against query", identity: every, query: "?tenant=west", own: "north", status: 422, code: "tenant_mismatch"},
		{name: "query against key", identity: north, query: "?tenant=west", status: 403, code: "wrong_tenant", problemPointer: "/parameters/tenant"},
		{name: "query against key, event with key", identity: north, query: "?tenant=west", own: "north", status: 403, code: "wrong_tenant", problemPointer: "/parameters/tenant"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := start(t, func(_ *gateway.Config, h *harness) { h.identity = test.identity })
			own := ""
			if test.own != "" {
				own = `"tenant":"` + test.own + `",`
			}
			got := h.send(t, call{media: batched, query: test.query, body: "[" + streamtest.Event("a", own) + "]"})
			if got.status != test.status {
				t.Fatalf("%+v", got)
			}
			stored := map[string]int{}
			code := got.problem.Code
			switch {
			case test.stored != "":
				stored[test.stored+"/a"] = 1
			case got.status == http.StatusUnprocessableEntity:
				code = got.report.Results[0].Code
				if got.report.Results[0].Pointer != "/tenant" || got.report.Results[0].ID != "a" {
					t.Errorf("%+v", got.report.Results[0])
				}
			}
			if code != test.code || got.problem.Pointer != test.problemPointer {
				t.Errorf("code %q, want %q: %+v", code, test.code, got.problem)
			}
			if diff := cmp.Diff(stored, h.IDs(t)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// One client may not fill the queue, and all together not overfill it.
func TestQueueIsBounded(t *testing.T) {
	t.Parallel()
	faulty := &faultyStream{choose: always(passes), gate: make(chan struct{}), arrived: make(chan struct{}, 100)}
	h := start(t, func(cfg *gateway.Config, _ *harness) {
		faulty.Stream = cfg.Stream
		cfg.Stream = faulty
		cfg.Limits.QueueEvents = 10
	})
	queued := 0.0
	answers := make(chan answer, 10)
	send := func(client string, events int) answer {
		var body strings.Builder
		for i := range events {
			body.WriteString(streamtest.Event(fmt.Sprintf("%s-%d", client, i), "") + "\n")
		}
		return h.sendAs(t, client, call{media: ndjson, body: body.String()})
	}
	admit := func(client string, events int) {
		t.Helper()
		go func() { answers <- send(client, events) }()
		queued += float64(events)
		want := queued
		waitFor(t, "the events to be queued", func() bool { return h.gauge(t, "turnout_gateway_queue_events") == want })
	}
	admit("one", 3)
	admit("one", 2)
	if got := send("one", 1); got.status != http.StatusTooManyRequests || got.problem.Code != "queue_share_full" || got.header.Get("Retry-After") != "1" {
		t.Errorf("over its share: %+v", got)
	}
	admit("two", 4)
	if got := send("three", 2); got.status != http.StatusServiceUnavailable || got.problem.Code != "busy" || got.header.Get("Retry-After") != "1" {
		t.Errorf("over the whole: %+v", got)
	}
	close(faulty.gate)
	for range 3 {
		if got := <-answers; got.status != http.StatusAccepted {
			t.Errorf("%+v", got)
		}
	}
	if got := send("four", 50); got.status != http.StatusAccepted {
		t.Errorf("a request larger than the queue, when nothing waits: %+v", got)
	}
}

// A key's rate is counted in events; what is too fast is told when to come back.
func TestRateLimit(t *testing.T) {
	t.Parallel()
	h := start(t, func(cfg *gateway.Config, h *harness) {
		cfg.RatePerKey, cfg.Limits.Events = 1, 5
		h.identity.KeyID = "k"
	})
	body := strings.Repeat(streamtest.Event("a", "")+"\n", 5)
	if got := h.send(t, call{media: ndjson, body: body}); got.status != http.StatusAccepted {
		t.Fatalf("%+v", got)
	}
	got := h.send(t, call{media: ndjson, body: body})
	if got.status != http.StatusTooManyRequests || got.problem.Code != "rate_limited" {
		t.Fatalf("%+v", got)
	}
	if wait, err := strconv.Atoi(got.header.Get("Retry-After")); err != nil || wait < 3 || wait > 5 {
		t.Errorf("Retry-After %q after 5 events at 1 a second", got.header.Get("Retry-After"))
	}
	if other := h.sendAs(t, "other", call{media: structured, body: streamtest.Event("b", "")}); other.status != http.StatusAccepted {
		t.Errorf("another key: %+v", other)
	}
}

// A stream without room refuses; what is stored stays, and nothing is accepted.
func TestFullStream(t *testing.T) {
	t.Parallel()
	var full *streamtest.Server
	h := start(t, func(cfg *gateway.Config, _ *harness) {
		full = streamtest.Start(t, 20_000)
		cfg.Stream = full.JS
	})
	accepted := map[string]int{}
	var last answer
	for i := range 200 {
		id := strconv.Itoa(i)
		if last = h.send(t, call{media: structured, body: streamtest.Event(id, "")}); last.status != http.StatusAccepted {
			break
		}
		accepted["default/"+id] = 1
	}
	if last.status != http.StatusServiceUnavailable || last.problem.Code != "stream_full" || last.header.Get("Retry-After") != "30" {
		t.Errorf("%+v", last)
	}
	if diff := cmp.Diff(accepted, full.IDs(t)); diff != "" || len(accepted) == 0 {
		t.Error(diff)
	}
}

// While the server is away requests are answered 503, and accepted once it is back; nothing accepted is lost.
func TestServerComesBack(t *testing.T) {
	t.Parallel()
	h := start(t, func(cfg *gateway.Config, _ *harness) { cfg.Limits.CommitTimeout = 200 * time.Millisecond })
	if got := h.send(t, call{media: structured, body: streamtest.Event("before", "")}); got.status != http.StatusAccepted {
		t.Fatalf("%+v", got)
	}
	h.Stop()
	if got := h.send(t, call{media: structured, body: streamtest.Event("while", "")}); got.status != http.StatusServiceUnavailable || got.problem.Code != "stream_unavailable" {
		t.Fatalf("%+v", got)
	}
	h.Run(t)
	waitFor(t, "events to be accepted again", func() bool {
		return h.send(t, call{media: structured, body: streamtest.Event("after", "")}).status == http.StatusAccepted
	})
	ids := h.IDs(t)
	if ids["default/before"] != 1 || ids["default/after"] == 0 {
		t.Errorf("stored: %v", ids)
	}
}

// A gateway that is told that the stream is away does not read the body.
func TestNotReady(t *testing.T) {
	t.Parallel()
	h := start(t, func(cfg *gateway.Config, _ *harness) { cfg.Ready = func() error { return nats.ErrDisconnected } })
	got := h.send(t, call{media: structured, body: "not even JSON"})
	if got.status != http.StatusServiceUnavailable || got.problem.Code != "stream_unavailable" {
		t.Errorf("%+v", got)
	}
}

// Bodies that are being read are bounded together.
func TestReadingIsBounded(t *testing.T) {
	t.Parallel()
	h := start(t, func(cfg *gateway.Config, _ *harness) { cfg.Limits.ReadingBytes = 64 << 10 })
	reader, writer := io.Pipe()
	held := make(chan answer, 1)
	go func() { held <- h.send(t, call{media: ndjson, reader: reader}) }()
	line := streamtest.Event("slow", "") + "\n"
	if _, err := io.WriteString(writer, strings.Repeat(line, 200)); err != nil { // 50 kB: its buffer of 64 KiB is the budget
		t.Fatal(err)
	}
	waitFor(t, "another body to be turned away", func() bool {
		got := h.send(t, call{media: structured, body: streamtest.Event("b", "")})
		return got.status == http.StatusServiceUnavailable && got.problem.Code == "busy"
	})
	if err := writer.Close(); err != nil {
		t.Error(err)
	}
	if got := <-held; got.status != http.StatusAccepted || got.report.Accepted != 200 {
		t.Errorf("the slow request: %d, %d accepted", got.status, got.report.Accepted)
	}
	if got := h.send(t, call{media: structured, body: streamtest.Event("b", "")}); got.status != http.StatusAccepted {
		t.Errorf("after it: %+v", got)
	}
}

// The webhook handshake of CloudEvents: the origin is allowed, at a rate.
func TestHandshake(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		perSecond   float64
		asked, told string
	}{
		{0, "", "*"}, {0, "100", "100"}, {0, "many", "*"}, {2, "", "120"}, {2, "60", "60"}, {2, "1000", "120"},
	} {
		h := start(t, func(cfg *gateway.Config, _ *harness) { cfg.RatePerKey = test.perSecond })
		header := map[string]string{"WebHook-Request-Origin": "events.example.org"}
		if test.asked != "" {
			header["WebHook-Request-Rate"] = test.asked
		}
		got := h.send(t, call{method: http.MethodOptions, header: header})
		if got.status != http.StatusOK || got.header.Get("WebHook-Allowed-Origin") != "events.example.org" ||
			got.header.Get("WebHook-Allowed-Rate") != test.told || got.header.Get("Allow") != "OPTIONS, POST" {
			t.Errorf("%+v: %+v", test, got.header)
		}
		plain := h.send(t, call{method: http.MethodOptions})
		if plain.status != http.StatusOK || plain.header.Get("WebHook-Allowed-Origin") != "" {
			t.Errorf("without an origin: %+v", plain)
		}
	}
}

// Metrics count what happened, under names that pass Prometheus's linter.
func TestMetrics(t *testing.T) {
	t.Parallel()
	h := start(t, nil)
	h.send(t, call{media: ndjson, body: streamtest.Event("a", "") + "\n{\n" + streamtest.Event("b", "")})
	h.send(t, call{media: "text/plain", body: "x"})
	families, err := h.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
	counted := map[string]float64{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			name := []string{family.GetName()}
			for _, label := range metric.GetLabel() {
				name = append(name, label.GetValue())
			}
			counted[strings.Join(name, " ")] = metric.GetCounter().GetValue() + float64(metric.GetHistogram().GetSampleCount())
		}
	}
	for name, want := range map[string]float64{
		"turnout_events_accepted_total ndjson attendance.recorded.v1": 2,
		"turnout_events_rejected_total malformed_json":                1,
		"turnout_events_rejected_total unsupported_media_type":        1,
		"turnout_gateway_request_duration_seconds 202 ndjson":         1,
		"turnout_gateway_request_duration_seconds 415 unknown":        1,
		"turnout_pack_events":                     1,
		"turnout_publish_duration_seconds stored": 1,
	} {
		if counted[name] != want {
			t.Errorf("%s is %v, want %v; all: %v", name, counted[name], want, counted)
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	good := gateway.Config{Stream: producersStream{}, Registry: builtin(t)}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*gateway.Config){
		"no stream":        func(c *gateway.Config) { c.Stream = nil },
		"no registry":      func(c *gateway.Config) { c.Registry = nil },
		"negative limit":   func(c *gateway.Config) { c.Limits.Events = -1 },
		"negative rate":    func(c *gateway.Config) { c.RatePerKey = -1 },
		"event above pack": func(c *gateway.Config) { c.Limits.EventBytes = 1 << 20 },
	} {
		bad := good
		change(&bad)
		if bad.Validate() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	idle := gateway.New(good)
	if err := idle.Stop(context.Background()); err != nil {
		t.Errorf("stopping what was never started: %v", err)
	}
}

type producersStream struct{ producers.Stream }
