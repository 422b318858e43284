package rollups

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/stream"
)

// Worker recomputes what changed until it is stopped.
type Worker struct {
	cfg     Config
	dirty   *stream.Dirty
	metrics *metrics
	now     func() time.Time
	heard   time.Time // when the last note came

	stop     context.CancelFunc
	done     sync.WaitGroup
	stopOnce sync.Once
}

// New makes a worker; it does nothing until Start.
func New(cfg Config) (*Worker, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.setDefaults()
	m, err := newMetrics(cfg.Registerer)
	if err != nil {
		return nil, fmt.Errorf("register the metrics of rollups: %w", err)
	}
	return &Worker{cfg: cfg, dirty: stream.NewDirty(cfg.Stream), metrics: m, now: time.Now}, nil
}

// Start begins to work and returns at once. The streams must be there.
func (w *Worker) Start(ctx context.Context) {
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	w.stop = stop
	w.done.Add(2)
	go func() { defer w.done.Done(); w.run(working) }()
	go func() { defer w.done.Done(); w.watch(working) }()
}

// Stop gives up what is under way and returns: it is computed again by this process's successor or another.
func (w *Worker) Stop() {
	w.stopOnce.Do(func() {
		if w.stop != nil {
			w.stop()
		}
		w.done.Wait()
		w.metrics.unregister(w.cfg.Registerer)
	})
}

// run works in sessions. One ends when the stream was interrupted or made anew; what it held comes again.
func (w *Worker) run(ctx context.Context) {
	pause := w.cfg.RetryAtLeast
	for ctx.Err() == nil {
		begun := w.now()
		err := w.session(ctx)
		if ctx.Err() != nil {
			return
		}
		if w.now().Sub(begun) > w.cfg.RetryAtMost {
			pause = w.cfg.RetryAtLeast
		}
		w.cfg.Logger.Warn("Reading what changed was interrupted; trying again", "pause", pause, "error", err)
		wait(ctx, pause)
		pause = min(2*pause, w.cfg.RetryAtMost)
	}
}

// wait returns after the pause, or when ctx ends.
func wait(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// heldAtMost bounds the notes that a process holds; the rest waits in the stream.
const (
	heldAtMost   = 2000
	pulledAtOnce = 1000
)

// errAnew says that the stream is another than the one that the session began with: its sequences mean something else.
var errAnew = errors.New("the stream of changes was made anew")

// session serves the notes of one stream. Its creation is learnt before the first note is asked for and compared before every
// recomputation: a note is never taken for one of another stream.
func (w *Worker) session(ctx context.Context) error {
	created, err := w.dirty.Created(ctx)
	if err != nil {
		return fmt.Errorf("begin a session: %w", err)
	}
	source, err := w.cfg.Stream.CreateOrUpdateConsumer(ctx, stream.DirtyStream, jetstream.ConsumerConfig{
		Durable:       Durable,
		Description:   "Which rollups to recompute; shared by all processes",
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       w.cfg.AckWait,
		MaxAckPending: 2 * heldAtMost,
		MaxDeliver:    -1,
		DeliverPolicy: jetstream.DeliverAllPolicy,
	})
	if err != nil {
		return fmt.Errorf("create consumer %s: %w", Durable, err)
	}
	if err := w.reconcile(ctx, created, source.CachedInfo()); err != nil {
		return err
	}
	iterator, err := source.Messages(jetstream.PullMaxMessages(pulledAtOnce))
	if err != nil {
		return fmt.Errorf("ask for notes: %w", err)
	}
	notes, broken := make(chan jetstream.Msg), make(chan error, 1)
	going, end := context.WithCancel(ctx)
	var pulling sync.WaitGroup
	pulling.Go(func() { broken <- pull(going, iterator, notes) })
	defer pulling.Wait()
	defer iterator.Stop()
	defer end()
	return w.serve(going, created, notes, broken)
}

// pull hands on notes until the iterator breaks. A missed heartbeat breaks it, too: behind it there may be another stream.
func pull(ctx context.Context, iterator jetstream.MessagesContext, notes chan<- jetstream.Msg) error {
	for {
		msg, err := iterator.Next()
		if err != nil {
			return fmt.Errorf("read notes: %w", err)
		}
		select {
		case notes <- msg:
		case <-ctx.Done():
			return ctx.Err() //nolint:wrapcheck // nobody reads it
		}
	}
}

// serve holds notes and recomputes their communities when they are due, one statement at a time.
func (w *Worker) serve(ctx context.Context, created time.Time, notes <-chan jetstream.Msg, broken <-chan error) error {
	q := newQueue()
	signs := time.NewTicker(w.cfg.AckWait / heartbeatsPerWait)
	defer signs.Stop()
	begin := time.NewTimer(time.Hour)
	defer begin.Stop()
	results := make(chan result, 1)
	busy, notBefore := false, w.now()
	var working sync.WaitGroup
	defer working.Wait()
	for {
		if at, some := q.next(w.cfg.Linger); some && !busy {
			begin.Reset(max(at.Sub(w.now()), notBefore.Sub(w.now())))
		} else {
			begin.Stop()
		}
		receive := notes
		if len(q.waiting) >= heldAtMost {
			receive = nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err() //nolint:wrapcheck // the caller asked for the end
		case err := <-broken:
			return err
		case msg := <-receive:
			w.take(q, msg)
		case <-signs.C:
			w.heartbeat(q)
		case <-begin.C:
			batch := q.due(w.now())
			busy = len(batch) > 0
			if busy {
				working.Go(func() { results <- w.recompute(ctx, created, batch) })
			}
		case r := <-results:
			busy = false
			if errors.Is(r.err, errAnew) {
				return r.err
			}
			notBefore = w.settle(q, r)
		}
	}
}

const heartbeatsPerWait = 3

// take holds a note. An older note of a community whose newer one is held needs no serving of its own.
func (w *Worker) take(q *queue, msg jetstream.Msg) {
	tenant, _ := strings.CutPrefix(msg.Subject(), stream.DirtySubject(""))
	meta, err := msg.Metadata()
	if err != nil {
		w.cfg.Logger.Warn("A note cannot be read; it is left to come again", "subject", msg.Subject(), "error", err)
		return
	}
	w.heard = w.now()
	if settled := q.add(tenant, meta.Sequence.Stream, msg, w.heard); settled != nil {
		w.acknowledge(settled)
	}
}

func (w *Worker) acknowledge(n note) {
	if err := n.Ack(); err != nil {
		w.cfg.Logger.Warn("An acknowledgement failed; the note will come again and change nothing", "error", err)
	}
}

// heartbeat asks for more time. A failure needs no answer: the notes come again at worst.
func (w *Worker) heartbeat(q *queue) {
	for _, one := range q.waiting {
		if one.note.InProgress() != nil {
			return
		}
	}
}
