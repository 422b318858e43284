package consumers_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"
	"pgregory.net/rapid"

	"github.com/turnout/turnout/consumers"
	"github.com/turnout/turnout/consumers/consumerstest"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/schemas"
)

// plan is what is published, and every fault that happens. Each list is used up call by call; when it is empty all goes well.
type plan struct {
	Messages []publication
	Restarts []restart

	Consumers, MaxRows, MaxAckPending int
	AckWait                           time.Duration

	Inserts, Receipts, Mirrors, Puts, Notes  []outcome
	Acks, Signs, Joins, Infos, Opens, Breaks []signal
	Order, Prefetch                          []int
	Duplicates                               []bool
}

// publication is a message with the kinds of its events: several are a pack.
type publication struct {
	After  time.Duration
	Events []string // good, bad, poison
}

// restart ends a consumer and starts another one.
type restart struct {
	After    time.Duration
	Consumer int
	Killed   bool // else it is stopped and given time
}

// GoString is how a plan that found something is shown.
func (p *plan) GoString() string { return fmt.Sprintf("%+v", *p) }

const (
	mostEvents     = 4
	retryAtLeast   = 100 * time.Millisecond
	retryAtMost    = 5 * time.Second
	timeToRecover  = time.Hour // of virtual time
	timeToStop     = 10 * time.Minute
	mostViolations = 5
)

// mostHeld are the rows of two batches, each as large as a last message can make it.
func (p *plan) mostHeld() int { return 2 * (p.MaxRows - 1 + mostEvents) }

func pop[T any](list *[]T) T {
	var first T
	if len(*list) > 0 {
		first, *list = (*list)[0], (*list)[1:]
	}
	return first
}

func plans() *rapid.Generator[*plan] {
	durations := func(list ...time.Duration) *rapid.Generator[time.Duration] { return rapid.SampledFrom(list) }
	outcomes := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) outcome {
		return outcome{
			Takes: durations(0, time.Millisecond, 30*time.Millisecond, time.Second, 20*time.Second).Draw(r, "takes"),
			Done:  rapid.SampledFrom([]share{all, half, none}).Draw(r, "done"),
			Told:  rapid.SampledFrom([]told{success, success, trouble, trouble, trouble, blame}).Draw(r, "told"),
		}
	}), 0, 12)
	waits := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) outcome {
		return outcome{
			Takes: durations(0, time.Millisecond, 9*time.Second).Draw(r, "takes"),
			Done:  rapid.SampledFrom([]share{all, half, none}).Draw(r, "done"),
			Told:  rapid.SampledFrom([]told{success, trouble}).Draw(r, "told"),
		}
	}), 0, 8)
	signals := func(most int) *rapid.Generator[[]signal] {
		return rapid.OneOf(rapid.Just([]signal(nil)), rapid.SliceOfN(rapid.SampledFrom([]signal{arrives, arrives, isLost, isFailed}), 0, most))
	}
	lossy := rapid.OneOf(rapid.Just([]signal(nil)), rapid.SliceOfN(rapid.SampledFrom([]signal{arrives, arrives, isLost}), 0, 30))
	message := rapid.Custom(func(r *rapid.T) publication {
		return publication{
			After:  durations(0, 0, 0, time.Millisecond, 70*time.Millisecond, 3*time.Second).Draw(r, "after"),
			Events: rapid.SliceOfN(rapid.SampledFrom([]string{"good", "good", "good", "good", "bad", "poison"}), 1, mostEvents).Draw(r, "events"),
		}
	})
	return rapid.Custom(func(r *rapid.T) *plan {
		p := &plan{
			Messages:  rapid.SliceOfN(message, 1, 40).Draw(r, "messages"),
			Consumers: rapid.IntRange(1, 3).Draw(r, "consumers"),
			MaxRows:   rapid.IntRange(1, 12).Draw(r, "most rows"), MaxAckPending: rapid.IntRange(1, 60).Draw(r, "most pending"),
			AckWait: durations(900*time.Millisecond, 6*time.Second, 30*time.Second).Draw(r, "wait"),
			Inserts: outcomes.Draw(r, "inserts"), Receipts: waits.Draw(r, "receipts"), Mirrors: waits.Draw(r, "mirrors"),
			Puts: waits.Draw(r, "puts"), Notes: waits.Draw(r, "notes"),
			Acks: rapid.OneOf(lossy, signals(30)).Draw(r, "acks"), Signs: rapid.OneOf(lossy, signals(30)).Draw(r, "signs"),
			Joins: signals(5).Draw(r, "joins"), Infos: signals(5).Draw(r, "infos"), Opens: signals(4).Draw(r, "opens"), Breaks: signals(20).Draw(r, "breaks"),
			Order: rapid.SliceOfN(rapid.IntRange(0, 5), 0, 40).Draw(r, "order"), Prefetch: rapid.SliceOfN(rapid.IntRange(0, 9), 0, 20).Draw(r, "prefetch"),
			Duplicates: rapid.SliceOfN(rapid.Bool(), 0, 20).Draw(r, "duplicates"),
		}
		p.Restarts = rapid.SliceOfN(rapid.Custom(func(r *rapid.T) restart {
			return restart{After: durations(0, 50*time.Millisecond, 2*time.Second, 15*time.Second).Draw(r, "after"),
				Consumer: rapid.IntRange(0, p.Consumers-1).Draw(r, "consumer"), Killed: rapid.Bool().Draw(r, "killed")}
		}), 0, 4).Draw(r, "restarts")
		return p
	})
}

// model is the world of one round.
type model struct {
	mu         sync.Mutex
	step       int // of everything that is kept: what came first
	kept       kept
	violations []string
}

func (m *model) tick() int {
	m.step++
	return m.step
}

func (m *model) faultf(format string, args ...any) {
	if len(m.violations) < mostViolations {
		m.violations = append(m.violations, fmt.Sprintf(format, args...))
	}
}

// round is one plan carried out.
type round struct {
	*modelStream
	t        *testing.T
	registry *schemas.Registry
	running  []*running
	started  int
}

type running struct {
	consumer *consumers.Consumer
	seen     *modelConsumer
}

// TestConsumersUnderAnyFaults: whatever goes wrong, a message is acknowledged only when all of its events are stored or kept as dead
// letters and their communities are noted; everything is, once faults end; a consumer holds two batches at most, keeps them alive,
// tries again after bounded pauses, and stores what it has before it stops.
func TestConsumersUnderAnyFaults(t *testing.T) {
	t.Parallel()
	registry, err := schemas.Builtin()
	consumerstest.Must(t, err)
	generator := plans()
	rapid.Check(t, func(r *rapid.T) {
		p := generator.Draw(r, "plan")
		shown := p.GoString()
		var violations []string
		synctest.Test(t, func(t *testing.T) { violations = carryOut(t, registry, p) })
		if len(violations) > 0 {
			r.Fatalf("%q\nunder %s", violations, shown)
		}
	})
}

func carryOut(t *testing.T, registry *schemas.Registry, p *plan) []string {
	t.Helper()
	m := &model{kept: kept{
		rows: map[place]int{}, receipts: map[place]int{}, letters: map[string]int{}, mirrored: map[string]int{}, notes: map[string]int{},
	}}
	w := &round{t: t, registry: registry, modelStream: &modelStream{model: m, plan: p, changed: make(chan struct{})}}
	for range p.Consumers {
		w.running = append(w.running, w.start())
	}
	var others sync.WaitGroup
	others.Go(w.publishAll)
	others.Go(w.restartAll)
	others.Wait()
	w.awaitDrained()
	for _, one := range w.running {
		w.stop(one)
	}
	w.checkEnd()
	return m.violations
}

// start runs one more consumer.
func (w *round) start() *running {
	w.started++
	seen := &modelConsumer{id: w.started, stream: w.modelStream, pauses: map[string]*pauses{}}
	consumer, err := consumers.New(consumers.Config{
		Stream: seen, Registry: w.registry, Warehouse: seen, Letters: seen, Notes: seen, Logger: slog.New(slog.DiscardHandler),
		MaxRows: w.plan.MaxRows, AckWait: w.plan.AckWait, RetryAtLeast: retryAtLeast, RetryAtMost: retryAtMost,
	})
	consumerstest.Must(w.t, err)
	consumerstest.Must(w.t, consumer.Start(w.t.Context()))
	return &running{consumer: consumer, seen: seen}
}

// stop gives a consumer time; it must leave nothing of what it has taken.
func (w *round) stop(one *running) {
	ctx, cancel := context.WithTimeout(context.Background(), timeToStop)
	defer cancel()
	err := one.consumer.Stop(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		w.faultf("consumer %d did not stop: %v", one.seen.id, err)
	}
	if one.seen.held != 0 && !one.seen.mute {
		w.faultf("consumer %d stopped and left %d rows that it had taken", one.seen.id, one.seen.held)
	}
	one.seen.dead = true
}

func (w *round) kill(one *running) {
	w.mu.Lock()
	one.seen.dead = true
	w.mu.Unlock()
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	_ = one.consumer.Stop(gone) // it may have had nothing to do
}

func (w *round) restartAll() {
	for _, r := range w.plan.Restarts {
		<-time.After(r.After)
		if one := w.running[r.Consumer]; r.Killed {
			w.kill(one)
		} else {
			w.stop(one)
		}
		w.running[r.Consumer] = w.start()
	}
}

func (w *round) awaitDrained() {
	deadline := time.After(timeToRecover)
	for {
		w.mu.Lock()
		drained, changed := w.drained(), w.changed
		w.mu.Unlock()
		if drained {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			w.waitingForEver()
			return
		}
	}
}

// waitingForEver tells which messages were never acknowledged.
func (w *round) waitingForEver() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range w.messages {
		if !m.acked {
			w.faultf("message %d waits for ever: delivered %d times", m.seq, m.deliveries)
		}
	}
}

// checkEnd: everything is stored or a dead letter, nothing else is, and nobody hides a fault from the operator.
func (w *round) checkEnd() {
	for _, one := range w.running {
		if err := one.consumer.Ready(); err != nil {
			w.faultf("consumer %d is stopped and not ready: %v", one.seen.id, err)
		}
	}
	for i, m := range w.messages {
		for index, kind := range w.plan.Messages[i].Events {
			at := place{m.seq, index}
			_, stored := w.kept.rows[at]
			_, letter := w.kept.letters[stream.LetterID(m.seq, index)]
			if !stored && !letter || kind == "bad" && stored || kind == "poison" && stored {
				w.faultf("event %v, %s: stored %t, letter %t", at, kind, stored, letter)
			}
		}
	}
}

// publishAll puts the planned messages into the stream. Communities differ within a pack.
func (w *round) publishAll() {
	tenants := []string{"acme", "beta", "gamma"}
	for i, planned := range w.plan.Messages {
		<-time.After(planned.After)
		m := &modelMessage{header: nats.Header{}}
		for index, kind := range planned.Events {
			e := attendance(w.t, fmt.Sprintf("%s-%d-%d", kind, i, index), "g", fmt.Sprint("p", i))
			e.Tenant = tenants[(i+index)%len(tenants)]
			if kind == "bad" {
				e.Data = []byte(`{"gathering_id":"g"}`)
			} else {
				m.rows++
			}
			m.tenants = append(m.tenants, e.Tenant)
			m.body = append(e.AppendJSON(m.body), '\n')
			m.subject = stream.EventSubject(e.Tenant, e.Type)
		}
		media := stream.MediaStructured
		if len(planned.Events) > 1 {
			m.subject, media = stream.PackSubject(""), stream.MediaLines
		}
		m.header.Set(stream.HeaderContentType, media)
		w.publish(m)
	}
}
