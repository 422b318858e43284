package consumers_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

var errModel = errors.New("a fault of the model")

// signal is what becomes of an acknowledgement or a sign of life: a client publishes it and is told of little.
type signal int

const (
	arrives signal = iota
	isLost         // nothing is told
	isFailed
)

// modelStream is the stream EVENTS with its durable consumer, in memory: it delivers in any order, and delivers again what is not
// acknowledged in time.
type modelStream struct {
	*model
	plan     *plan
	messages []*modelMessage
	changed  chan struct{} // closed and made anew whenever something may be deliverable
}

// modelMessage is a message of the stream.
type modelMessage struct {
	subject string
	header  nats.Header
	body    []byte
	seq     uint64
	at      time.Time
	tenants []string // of its events, in order
	rows    int      // how many of these are valid

	deliveries uint64
	waiting    bool      // delivered, and waited for
	until      time.Time // when it is delivered again
	again      bool      // the wait is over
	acked      bool
	holder     *modelDelivery // the last delivery
}

// modelDelivery is one delivery of a message to a consumer.
type modelDelivery struct {
	jetstream.Msg
	*modelMessage
	to      *modelConsumer
	meta    jetstream.MsgMetadata
	taken   bool // the consumer has looked at it, so it is in a batch
	settled bool // the consumer has acknowledged it, whether or not that arrived
	unheard bool // a sign of life did not arrive
}

func (s *modelStream) change() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// publish appends a message.
func (s *modelStream) publish(m *modelMessage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m.seq, m.at = uint64(len(s.messages)+1), time.Now()
	s.messages = append(s.messages, m)
	s.change()
}

// expire looks for deliveries that were not acknowledged in time. A consumer that is alive and was heard holds none of these.
func (s *modelStream) expire() {
	for _, m := range s.messages {
		if !m.waiting || time.Now().Before(m.until) {
			continue
		}
		m.waiting, m.again = false, true
		d := m.holder
		if d.taken && !d.settled && !d.unheard && !d.to.dead && !d.to.mute {
			s.faultf("message %d was held by consumer %d and delivered again", m.seq, d.to.id)
		}
	}
}

// deliverable gives a message that may be delivered now: one whose wait is over or a new one, whichever the plan says.
func (s *modelStream) deliverable() *modelMessage {
	s.expire()
	var candidates []*modelMessage
	waiting := 0
	for _, m := range s.messages {
		switch {
		case m.waiting:
			waiting++
		case m.again, m.deliveries == 0:
			candidates = append(candidates, m)
		}
	}
	if waiting >= s.plan.MaxAckPending {
		candidates = slices.DeleteFunc(candidates, func(m *modelMessage) bool { return m.deliveries == 0 })
	}
	if len(candidates) == 0 {
		return nil
	}
	return candidates[pop(&s.plan.Order)%len(candidates)]
}

// deliver hands a message to a consumer's client.
func (s *modelStream) deliver(m *modelMessage, to *modelConsumer) *modelDelivery {
	m.deliveries++
	m.waiting, m.again, m.until = true, false, time.Now().Add(s.plan.AckWait)
	d := &modelDelivery{modelMessage: m, to: to, meta: jetstream.MsgMetadata{
		Sequence: jetstream.SequencePair{Stream: m.seq}, NumDelivered: m.deliveries, NumPending: s.undelivered(), Timestamp: m.at,
	}}
	m.holder = d
	return d
}

func (s *modelStream) undelivered() uint64 {
	n := uint64(0)
	for _, m := range s.messages {
		if m.deliveries == 0 {
			n++
		}
	}
	return n
}

func (s *modelStream) drained() bool {
	return !slices.ContainsFunc(s.messages, func(m *modelMessage) bool { return !m.acked })
}

func (d *modelDelivery) Subject() string      { return d.subject }
func (d *modelDelivery) Headers() nats.Header { return d.header }
func (d *modelDelivery) Data() []byte         { return d.body }

// Metadata is asked for when a consumer takes the message into a batch.
func (d *modelDelivery) Metadata() (*jetstream.MsgMetadata, error) {
	s := d.to.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	d.taken = true
	// A sign comes within a third of the wait, or two when the batch is handed over meanwhile. What waited in the client for long has less.
	d.unheard = d.unheard || time.Until(d.until) <= s.plan.AckWait*2/3
	d.to.held += d.rows
	if most := s.plan.mostHeld(); d.to.held > most && !d.to.mute {
		s.faultf("consumer %d holds %d rows, more than the %d of two batches", d.to.id, d.to.held, most)
	}
	return &d.meta, nil
}

func (d *modelDelivery) Ack() error {
	s := d.to.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	s.mayAcknowledge(d)
	d.settled = true
	d.to.held -= d.rows
	switch pop(&s.plan.Acks) {
	case isFailed:
		d.to.mute = true // it acknowledges nothing more of this batch
		return errModel
	case isLost:
		return nil
	}
	d.acked, d.waiting, d.again = true, false, false
	s.change()
	return nil
}

func (d *modelDelivery) InProgress() error {
	s := d.to.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	switch pop(&s.plan.Signs) {
	case isFailed:
		d.to.mute = true // nor does it give a sign for the rest of the batch
		return errModel
	case isLost:
		d.unheard = true
		return nil
	}
	if d.waiting {
		d.until = time.Now().Add(s.plan.AckWait)
	}
	return nil
}

// modelConsumer is what one consumer process sees of the model: its connection to the stream and to the warehouse.
type modelConsumer struct {
	jetstream.JetStream
	id     int
	stream *modelStream
	joins  int
	opened time.Time          // when it last began to read
	pauses map[string]*pauses // of every step of storing
	dead   bool               // it was killed
	mute   bool               // acknowledging or a sign of life failed and it was told
	held   int                // rows that it has taken and not acknowledged
}

// CreateOrUpdateConsumer joins the durable consumer.
func (c *modelConsumer) CreateOrUpdateConsumer(context.Context, string, jetstream.ConsumerConfig) (jetstream.Consumer, error) {
	c.stream.mu.Lock()
	defer c.stream.mu.Unlock()
	if c.joins++; c.joins > 1 && pop(&c.stream.plan.Joins) != arrives {
		return nil, errModel
	}
	return modelDurable{to: c}, nil
}

// modelDurable is the durable consumer as a process sees it.
type modelDurable struct {
	jetstream.Consumer
	to *modelConsumer
}

// Info waits as long as a client waits for an answer that does not come.
func (d modelDurable) Info(ctx context.Context) (*jetstream.ConsumerInfo, error) {
	d.to.stream.mu.Lock()
	outcome := pop(&d.to.stream.plan.Infos)
	d.to.stream.mu.Unlock()
	if outcome == arrives {
		return &jetstream.ConsumerInfo{}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	<-ctx.Done()
	return nil, ctx.Err()
}

func (d modelDurable) Messages(...jetstream.PullMessagesOpt) (jetstream.MessagesContext, error) {
	d.to.stream.mu.Lock()
	defer d.to.stream.mu.Unlock()
	s, now := d.to.stream, time.Now()
	if pause := now.Sub(d.to.opened); pause < retryAtLeast/2 {
		s.faultf("consumer %d reads the stream anew after %s", d.to.id, pause)
	}
	d.to.opened = now
	if pop(&s.plan.Opens) != arrives {
		return nil, errModel
	}
	return &modelIterator{to: d.to, stopped: make(chan struct{}), draining: make(chan struct{})}, nil
}

// modelIterator holds a few messages in its client, as the real one does.
type modelIterator struct {
	to                *modelConsumer
	buffer            []*modelDelivery
	stop, drain       sync.Once
	stopped, draining chan struct{}
}

func (it *modelIterator) Stop()  { it.stop.Do(func() { close(it.stopped) }) }
func (it *modelIterator) Drain() { it.drain.Do(func() { close(it.draining) }) }

func (it *modelIterator) Next(...jetstream.NextOpt) (jetstream.Msg, error) {
	for {
		msg, wait, changed, err := it.poll()
		switch {
		case err != nil:
			return nil, err
		case msg != nil:
			return msg, nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-changed:
		case <-it.stopped:
		case <-it.draining:
		}
		timer.Stop()
	}
}

// poll gives what there is now, or how long to wait and for what.
func (it *modelIterator) poll() (*modelDelivery, time.Duration, <-chan struct{}, error) {
	s := it.to.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	if closed(it.stopped) {
		return nil, 0, nil, jetstream.ErrMsgIteratorClosed
	}
	draining := closed(it.draining)
	for room := 1 + pop(&s.plan.Prefetch); !draining && len(it.buffer) < room; {
		m := s.deliverable()
		if m == nil {
			break
		}
		it.buffer = append(it.buffer, s.deliver(m, it.to))
		if pop(&s.plan.Duplicates) {
			it.buffer = append(it.buffer, s.deliver(m, it.to))
		}
	}
	if len(it.buffer) > 0 {
		switch pop(&s.plan.Breaks) {
		case isLost:
			return nil, 0, nil, jetstream.ErrNoHeartbeat
		case isFailed:
			return nil, 0, nil, fmt.Errorf("%w: the iterator breaks", errModel)
		}
		d := it.buffer[0]
		it.buffer = it.buffer[1:]
		return d, 0, nil, nil
	}
	if draining {
		return nil, 0, nil, jetstream.ErrMsgIteratorClosed
	}
	return nil, s.untilNext(), s.changed, nil
}

// untilNext is how long nothing will have to be delivered again.
func (s *modelStream) untilNext() time.Duration {
	wait := time.Hour
	for _, m := range s.messages {
		if m.waiting {
			wait = min(wait, time.Until(m.until))
		}
	}
	return cmp.Or(wait, time.Nanosecond)
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
