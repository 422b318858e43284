package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"pgregory.net/rapid"

	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/producers"
	"github.com/turnout/turnout/producers/gateway"
	"github.com/turnout/turnout/producers/internal/streamtest"
	"github.com/turnout/turnout/schemas"
)

// traffic is what clients send and what becomes of each publish; when the list is empty all goes well.
type traffic struct {
	Requests              []request
	Publishes             []publish
	QueueEvents, PackRoom int
	StopAfter             time.Duration
	Patience              time.Duration // of Stop
}

type request struct {
	After  time.Duration // the one before
	Client int
	Good   int           // events
	Bad    int           // events that are refused
	Leaves time.Duration // 0 is never
}

type publish struct {
	Takes time.Duration
	Fault fault
}

const (
	modelCommitTimeout = 5 * time.Second
	modelHeaderRoom    = 4 << 10
	modelEventBytes    = 512
)

func anyTraffic() *rapid.Generator[traffic] {
	draw := func(r *rapid.T, label string, of ...time.Duration) time.Duration {
		return rapid.SampledFrom(of).Draw(r, label)
	}
	requests := rapid.Custom(func(r *rapid.T) request {
		return request{
			After: draw(r, "after", 0, 0, 0, time.Millisecond, 40*time.Millisecond, 3*time.Second), Client: rapid.IntRange(0, 2).Draw(r, "client"),
			Good: rapid.IntRange(1, 12).Draw(r, "good"), Bad: rapid.SampledFrom([]int{0, 0, 0, 1, 3}).Draw(r, "bad"),
			Leaves: draw(r, "leaves", 0, 0, 0, time.Millisecond, time.Second),
		}
	})
	publishes := rapid.Custom(func(r *rapid.T) publish {
		return publish{
			Takes: draw(r, "takes", 0, time.Millisecond, 50*time.Millisecond, time.Second, 8*time.Second),
			Fault: rapid.SampledFrom([]fault{passes, passes, passes, isRefused, isLost, ackIsLost}).Draw(r, "fault"),
		}
	})
	return rapid.Custom(func(r *rapid.T) traffic {
		return traffic{
			Requests: rapid.SliceOfN(requests, 1, 50).Draw(r, "requests"), Publishes: rapid.SliceOfN(publishes, 0, 30).Draw(r, "publishes"),
			QueueEvents: rapid.IntRange(1, 60).Draw(r, "queue"), PackRoom: rapid.IntRange(modelEventBytes, 6<<10).Draw(r, "room"),
			StopAfter: draw(r, "stop", 0, time.Second, time.Minute), Patience: draw(r, "patience", 0, time.Second, time.Hour),
		}
	})
}

// ledger is a stream in memory, and what was asked of it and told.
type ledger struct {
	mu         sync.Mutex
	traffic    traffic
	flying     int
	tried      map[string]int  // publishes that an event was in
	acked      map[string]bool // events whose publish was acknowledged
	stopped    bool
	violations []string
}

func (l *ledger) faultf(format string, args ...any) {
	l.violations = append(l.violations, fmt.Sprintf(format, args...))
}

// PublishMsg is called for every pack.
func (l *ledger) PublishMsg(ctx context.Context, msg *nats.Msg, _ ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	l.mu.Lock()
	var now publish
	if len(l.traffic.Publishes) > 0 {
		now, l.traffic.Publishes = l.traffic.Publishes[0], l.traffic.Publishes[1:]
	}
	if l.flying++; l.flying > 2 {
		l.faultf("%d packs are under way", l.flying)
	}
	if l.stopped {
		l.faultf("a pack is published after Stop")
	}
	ids := l.unpack(msg)
	l.mu.Unlock()
	timer := time.NewTimer(now.Takes)
	defer timer.Stop()
	var gone error
	select {
	case <-timer.C:
	case <-ctx.Done():
		gone = ctx.Err()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flying--
	switch {
	case gone != nil:
		return nil, gone
	case now.Fault == isRefused:
		return nil, &jetstream.APIError{Code: http.StatusServiceUnavailable, ErrorCode: 10077, Description: "maximum bytes exceeded"}
	case now.Fault != passes:
		return nil, nats.ErrTimeout
	}
	for _, id := range ids {
		l.acked[id] = true
	}
	return &jetstream.PubAck{Stream: stream.EventsStream, Sequence: 1}, nil
}

// unpack notes the events of a pack, which must keep within its limits.
func (l *ledger) unpack(msg *nats.Msg) []string {
	var ids []string
	for _, raw := range schemas.SplitLines(msg.Data) {
		event, err := schemas.DecodeStructured(raw)
		if err != nil {
			l.faultf("a pack holds %q: %v", raw, err)
			continue
		}
		if l.tried[event.ID]++; l.tried[event.ID] > 1 {
			l.faultf("%s is in two packs", event.ID)
		}
		if strings.Contains(event.ID, "bad") {
			l.faultf("%s is published", event.ID)
		}
		ids = append(ids, event.ID)
	}
	if room := l.traffic.PackRoom; len(msg.Data) > room || len(ids) == 0 || len(ids) > stream.MaxPackEvents {
		l.faultf("a pack of %d events has %d bytes, %d are allowed", len(ids), len(msg.Data), room)
	}
	if count := msg.Header.Get(stream.HeaderCount); count != strconv.Itoa(len(ids)) {
		l.faultf("a pack of %d events says %s", len(ids), count)
	}
	return ids
}

// TestEveryRequestIsAnsweredOnceAndTruly: whatever the stream does and whoever goes away, each request is answered once; what is called
// accepted was acknowledged by the stream, in one pack; what is refused is in none; Stop leaves nothing waiting.
func TestEveryRequestIsAnsweredOnceAndTruly(t *testing.T) {
	t.Parallel()
	registry := builtin(t)
	generator := anyTraffic()
	rapid.Check(t, func(r *rapid.T) {
		planned := generator.Draw(r, "traffic")
		l := &ledger{traffic: planned, tried: map[string]int{}, acked: map[string]bool{}}
		synctest.Test(t, func(t *testing.T) { l.run(t, registry) })
		if len(l.violations) > 0 {
			r.Fatalf("%q", l.violations[:min(len(l.violations), 5)])
		}
	})
}

func (l *ledger) run(t *testing.T, registry *schemas.Registry) {
	t.Helper()
	metrics := prometheus.NewRegistry()
	requests := l.traffic.Requests
	g := gateway.New(gateway.Config{
		Stream: l, Registry: registry, Registerer: metrics,
		Limits: gateway.Limits{
			MaxPayload: int64(2 * (l.traffic.PackRoom + modelHeaderRoom)), EventBytes: modelEventBytes,
			QueueEvents: l.traffic.QueueEvents, CommitTimeout: modelCommitTimeout,
		},
	})
	if err := g.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	var clients sync.WaitGroup
	clients.Go(func() {
		for i, request := range requests {
			<-time.After(request.After)
			clients.Go(func() { l.send(g, i, request) })
		}
	})
	<-time.After(l.traffic.StopAfter)
	ctx, cancel := context.WithTimeout(context.Background(), l.traffic.Patience)
	defer cancel()
	stopped := time.Now()
	err := g.Stop(ctx)
	l.mu.Lock()
	if l.stopped = true; l.flying > 0 {
		l.faultf("%d packs are under way after Stop", l.flying)
	}
	if err == nil != (ctx.Err() == nil) && l.traffic.Patience > 0 {
		l.faultf("Stop gave %v after %s of %s", err, time.Since(stopped), l.traffic.Patience)
	}
	l.mu.Unlock()
	clients.Wait()
	l.checkQueue(metrics)
}

func (l *ledger) checkQueue(metrics *prometheus.Registry) {
	families, err := metrics.Gather()
	if err != nil {
		l.faultf("gather: %v", err)
	}
	for _, family := range families {
		if strings.HasPrefix(family.GetName(), "turnout_gateway_queue_") && family.GetMetric()[0].GetGauge().GetValue() != 0 {
			l.faultf("%s is %v in the end", family.GetName(), family.GetMetric()[0].GetGauge().GetValue())
		}
	}
}

// once counts how often a request is answered.
type once struct {
	*httptest.ResponseRecorder
	answers int
}

func (o *once) WriteHeader(status int) {
	o.answers++
	o.ResponseRecorder.WriteHeader(status)
}

func (l *ledger) send(g *gateway.Gateway, number int, planned request) {
	var body bytes.Buffer
	for i := range planned.Good + planned.Bad {
		event := streamtest.Event(fmt.Sprintf("%d-%d", number, i), "")
		if i >= planned.Good {
			event = strings.Replace(streamtest.Event(fmt.Sprintf("bad-%d-%d", number, i), ""), `"desk"`, `"wrong"`, 1)
		}
		body.WriteString(event + "\n")
	}
	ctx, leave := context.WithCancel(auth.With(context.Background(), auth.Everyone()))
	defer leave()
	if planned.Leaves > 0 {
		defer time.AfterFunc(planned.Leaves, leave).Stop()
	}
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/v1/events", &body)
	r.Header.Set("Content-Type", ndjson)
	r.RemoteAddr = fmt.Sprintf("192.0.2.%d:1", planned.Client)
	w := &once{ResponseRecorder: httptest.NewRecorder()}
	sent := time.Now()
	g.ServeHTTP(w, r)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.judge(number, planned, w, time.Since(sent))
}

// judge holds one answer against the stream.
func (l *ledger) judge(number int, planned request, w *once, took time.Duration) {
	if w.answers != 1 {
		l.faultf("request %d was answered %d times", number, w.answers)
	}
	// Each pack before its own may take a commit's time, and two run at once; all that waits fails with the first.
	if most := 2*modelCommitTimeout + 2*time.Duration(l.traffic.QueueEvents+planned.Good)*modelCommitTimeout; took > most {
		l.faultf("request %d waited for %s", number, took)
	}
	switch w.Code {
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		if w.Header().Get("Retry-After") == "" {
			l.faultf("request %d is not told when to come again", number)
		}
	case http.StatusAccepted, http.StatusUnprocessableEntity:
		var report producers.Report
		if err := json.Unmarshal(w.Body.Bytes(), &report); err != nil || len(report.Results) != planned.Good+planned.Bad || report.Accepted != planned.Good {
			l.faultf("request %d: %v, %d of %d accepted", number, err, report.Accepted, len(report.Results))
		}
		for _, result := range report.Results {
			if result.Status == producers.Accepted && !l.acked[result.ID] {
				l.faultf("%s was accepted and not acknowledged", result.ID)
			}
		}
	default:
		if planned.Leaves == 0 {
			l.faultf("request %d was answered %d: %s", number, w.Code, w.Body)
		}
	}
}
