package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/producers"
	"github.com/turnout/turnout/producers/gateway"
	"github.com/turnout/turnout/producers/internal/streamtest"
)

// fault is what happens to one publish.
type fault int

const (
	passes    fault = iota
	isRefused       // by the server, for want of room
	isLost          // before it reached the server: no answer
	ackIsLost       // stored, but no answer
)

// faultyStream lets faults happen between a gateway and JetStream, and watches how many publishes overlap.
type faultyStream struct {
	producers.Stream
	choose func() fault
	gate   chan struct{} // when not nil, each publish takes one token first

	flying, most atomic.Int64
	arrived      chan struct{} // one token a publish, when not nil
}

func (f *faultyStream) PublishMsg(ctx context.Context, msg *nats.Msg, opts ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	now := f.flying.Add(1)
	defer f.flying.Add(-1)
	for most := f.most.Load(); now > most && !f.most.CompareAndSwap(most, now); most = f.most.Load() {
	}
	if f.arrived != nil {
		f.arrived <- struct{}{}
	}
	if f.gate != nil {
		select {
		case <-f.gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	switch f.choose() {
	case isRefused:
		return nil, &jetstream.APIError{Code: 503, ErrorCode: 10077, Description: "maximum bytes exceeded"}
	case isLost:
		return nil, nats.ErrTimeout
	case ackIsLost:
		if _, err := f.Stream.PublishMsg(ctx, msg, opts...); err != nil {
			return nil, err
		}
		return nil, nats.ErrTimeout
	case passes:
	}
	return f.Stream.PublishMsg(ctx, msg, opts...)
}

func always(f fault) func() fault { return func() fault { return f } }

// told collects what clients were told of each event, by id.
type told struct {
	mu                sync.Mutex
	accepted, refused map[string]bool
	unavailable       int
}

// Under any faults: what was accepted is in the stream, what was refused is not,
// and what was answered 503 is accepted in the end when it is sent again.
func TestAnswersMatchTheStream(t *testing.T) {
	t.Parallel()
	faulty := &faultyStream{choose: func() fault {
		switch rand.IntN(10) {
		case 0:
			return isRefused
		case 1:
			return isLost
		case 2:
			return ackIsLost
		default:
			return passes
		}
	}}
	h := start(t, func(cfg *gateway.Config, _ *harness) {
		faulty.Stream = cfg.Stream
		cfg.Stream = faulty
	})
	truth := &told{accepted: map[string]bool{}, refused: map[string]bool{}}
	var clients sync.WaitGroup
	for client := range 6 {
		clients.Go(func() {
			for request := range 10 {
				sendUntilAnswered(t, h, truth, fmt.Sprintf("c%d-r%d", client, request))
			}
		})
	}
	clients.Wait()
	stored := h.IDs(t)
	for id := range truth.accepted {
		if stored["default/"+id] == 0 {
			t.Errorf("%s was accepted and is not stored", id)
		}
	}
	for id := range truth.refused {
		if stored["default/"+id] != 0 {
			t.Errorf("%s was refused and is stored", id)
		}
	}
	if truth.unavailable == 0 || len(truth.accepted) == 0 || len(truth.refused) == 0 {
		t.Errorf("the test saw too little: %d times 503, %d accepted, %d refused", truth.unavailable, len(truth.accepted), len(truth.refused))
	}
	if most := faulty.most.Load(); most > 2 {
		t.Errorf("%d commits were in flight", most)
	}
	checkPacks(t, h)
}

// sendUntilAnswered sends one request of good and bad events until it is not answered 503.
func sendUntilAnswered(tb testing.TB, h *harness, truth *told, name string) {
	tb.Helper()
	var body strings.Builder
	count := 1 + rand.IntN(30)
	if rand.IntN(8) == 0 {
		count = 1000 + rand.IntN(1500) // more than one pack
	}
	for i := range count {
		id := name + "-" + strconv.Itoa(i)
		if rand.IntN(10) == 0 {
			body.WriteString(strings.Replace(streamtest.Event(id, ""), `"desk"`, `"wrong"`, 1))
		} else {
			body.WriteString(streamtest.Event(id, ""))
		}
		body.WriteByte('\n')
	}
	for {
		got := h.send(tb, call{media: ndjson, body: body.String()})
		truth.mu.Lock()
		if got.status == http.StatusServiceUnavailable {
			truth.unavailable++
			if got.header.Get("Retry-After") == "" || got.problem.Hint == "" {
				tb.Errorf("503 does not say when to come back: %+v", got)
			}
			truth.mu.Unlock()
			continue
		}
		if len(got.report.Results) != count {
			tb.Errorf("%d results for %d events, status %d", len(got.report.Results), count, got.status)
		}
		for _, result := range got.report.Results {
			if result.Status == producers.Accepted {
				truth.accepted[result.ID] = true
			} else {
				truth.refused[result.ID] = true
			}
		}
		truth.mu.Unlock()
		return
	}
}

// checkPacks holds every stored message to the limits of a pack.
func checkPacks(tb testing.TB, h *harness) {
	tb.Helper()
	for i, message := range h.Stored(tb) {
		if message.Subject != "turnout.packs" {
			tb.Errorf("message %d is on %s", i, message.Subject)
		}
		if count := message.Header.Get(stream.HeaderCount); count != strconv.Itoa(len(message.Events)) {
			tb.Errorf("message %d: the header says %s events, there are %d", i, count, len(message.Events))
		}
		if len(message.Events) > stream.MaxPackEvents {
			tb.Errorf("message %d: %d events", i, len(message.Events))
		}
		size := 0
		for _, event := range message.Events {
			size += len(event.Raw) + 1
		}
		if size > producers.PackLimit(streamtest.MaxPayload) {
			tb.Errorf("message %d: %d bytes", i, size)
		}
	}
}

// Each failure is answered 503 with its own code; nothing is accepted.
func TestFailuresAreTold(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault fault
		code  string
		wait  string
	}{
		"full":           {isRefused, "stream_full", "30"},
		"no answer":      {isLost, "stream_unavailable", "2"},
		"answer is lost": {ackIsLost, "stream_unavailable", "2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := start(t, func(cfg *gateway.Config, _ *harness) {
				cfg.Stream = &faultyStream{Stream: cfg.Stream, choose: always(test.fault)}
			})
			got := h.send(t, call{media: structured, body: streamtest.Event("a", "")})
			if got.status != http.StatusServiceUnavailable || got.problem.Code != test.code || got.header.Get("Retry-After") != test.wait {
				t.Errorf("%+v", got)
			}
		})
	}
}

// While a commit is under way, what arrives gathers and goes into one next pack,
// which starts besides only when there is much of it.
func TestGroupCommit(t *testing.T) {
	t.Parallel()
	const clients, much = 50, 300
	faulty := &faultyStream{choose: always(passes), gate: make(chan struct{}), arrived: make(chan struct{}, clients)}
	h := start(t, func(cfg *gateway.Config, _ *harness) {
		faulty.Stream = cfg.Stream
		cfg.Stream = faulty
	})
	var answers sync.WaitGroup
	post := func(c call) {
		answers.Go(func() {
			if got := h.send(t, c); got.status != http.StatusAccepted {
				t.Errorf("%+v", got)
			}
		})
	}
	post(call{media: structured, body: streamtest.Event("first", "")})
	<-faulty.arrived
	post(call{media: ndjson, body: string(lines(much))}) // a second commit
	<-faulty.arrived
	for i := range clients {
		post(call{media: structured, body: streamtest.Event(strconv.Itoa(i), "")})
	}
	waitFor(t, "all events to be queued", func() bool { return h.gauge(t, "turnout_gateway_queue_events") == clients+much+1 })
	close(faulty.gate)
	answers.Wait()
	var sizes []int
	for _, message := range h.Stored(t) {
		sizes = append(sizes, len(message.Events))
	}
	if len(sizes) != 3 || slices.Max(sizes) != much || !slices.Contains(sizes, clients) {
		t.Errorf("packs of %v, want 1, %d and %d", sizes, much, clients)
	}
	if queued := h.gauge(t, "turnout_gateway_queue_events") + h.gauge(t, "turnout_gateway_queue_bytes"); queued != 0 {
		t.Errorf("%v are still queued", queued)
	}
}

// A client that leaves stops waiting; its events are stored.
func TestCancelledRequestIsCommitted(t *testing.T) {
	t.Parallel()
	faulty := &faultyStream{choose: always(passes), gate: make(chan struct{}), arrived: make(chan struct{}, 1)}
	h := start(t, func(cfg *gateway.Config, _ *harness) {
		faulty.Stream = cfg.Stream
		cfg.Stream = faulty
	})
	ctx, leave := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, strings.NewReader(streamtest.Event("a", "")))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", structured)
	left := make(chan error, 1)
	go func() {
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			response.Body.Close()
		}
		left <- err
	}()
	<-faulty.arrived
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Fatalf("the client got %v", err)
	}
	close(faulty.gate)
	waitFor(t, "the event to be stored", func() bool { return h.IDs(t)["default/a"] == 1 })
}

// Stop commits what is queued and turns away what comes later.
func TestStopDrains(t *testing.T) {
	t.Parallel()
	faulty := &faultyStream{choose: always(passes), gate: make(chan struct{}), arrived: make(chan struct{}, 10)}
	h := start(t, func(cfg *gateway.Config, _ *harness) {
		faulty.Stream = cfg.Stream
		cfg.Stream = faulty
	})
	answers := make(chan answer, 5)
	for i := range cap(answers) {
		go func() {
			answers <- h.send(t, call{media: structured, body: streamtest.Event(strconv.Itoa(i), "")})
		}()
	}
	waitFor(t, "all events to be queued", func() bool { return h.gauge(t, "turnout_gateway_queue_events") == 5 })
	stopped := make(chan error, 1)
	go func() { stopped <- h.gateway.Stop(t.Context()) }()
	waitFor(t, "new events to be turned away", func() bool {
		probe, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		request, err := http.NewRequestWithContext(probe, http.MethodPost, h.url, strings.NewReader(streamtest.Event("late", "")))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", structured)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return false
		}
		defer response.Body.Close()
		return readAnswer(t, response).problem.Code == "stopping"
	})
	close(faulty.gate)
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	for range cap(answers) {
		if got := <-answers; got.status != http.StatusAccepted {
			t.Errorf("%+v", got)
		}
	}
	for i := range cap(answers) {
		if h.IDs(t)["default/"+strconv.Itoa(i)] != 1 {
			t.Errorf("event %d is not stored", i)
		}
	}
}

// A drain that takes too long gives up: its requests are answered 503.
func TestStopGivesUp(t *testing.T) {
	t.Parallel()
	faulty := &faultyStream{choose: always(passes), gate: make(chan struct{}), arrived: make(chan struct{}, 1)}
	h := start(t, func(cfg *gateway.Config, _ *harness) {
		faulty.Stream = cfg.Stream
		cfg.Stream = faulty
		cfg.Limits.CommitTimeout = time.Hour
	})
	answered := make(chan answer, 1)
	go func() { answered <- h.send(t, call{media: structured, body: streamtest.Event("a", "")}) }()
	<-faulty.arrived
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.gateway.Stop(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("stopping: %v", err)
	}
	if got := <-answered; got.status != http.StatusServiceUnavailable {
		t.Errorf("%+v", got)
	}
}

// gauge reads one metric without labels.
func (h *harness) gauge(tb testing.TB, name string) float64 {
	tb.Helper()
	families, err := h.registry.Gather()
	if err != nil {
		tb.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == name {
			return family.GetMetric()[0].GetGauge().GetValue()
		}
	}
	tb.Fatalf("no metric %s", name)
	return 0
}

// waitFor polls until a condition holds.
func waitFor(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(patience)
	for !holds() {
		select {
		case <-ticker.C:
		case <-deadline:
			tb.Fatalf("waited %v in vain for %s", patience, what)
		}
	}
}
