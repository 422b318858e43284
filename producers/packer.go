package producers

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/schemas"
)

// ErrClosed is given for an event that came after Close.
var ErrClosed = errors.New("the packer is closed")

const (
	// packerRoom is how many full packs may wait before Add does.
	packerRoom = 8
	// packerOverlap is the part of a full pack that starts a second one beside the first.
	packerOverlap = 4
	// envelopeRoom is what an event's attributes usually take beside its data.
	envelopeRoom = 320
)

// Packer publishes single events over NATS as fast as packs: what arrives while a
// message is on its way goes into the next one, as in the gateway, and an event
// that arrives alone goes at once. In strict durability that is the difference
// between one sync to disk for each event and one for hundreds. It may be used by
// many goroutines, and needs Close only so that nothing is left waiting.
type Packer struct {
	direct *Direct
	limit  int // bytes of a pack

	mu      sync.Mutex
	room    sync.Cond // something left the queue
	queue   []waiting
	bytes   int // of the queue, line ends included
	flying  int
	closed  bool
	settled sync.WaitGroup // one for every event that was taken and not told yet
}

// waiting is one event that is in no pack yet.
type waiting struct {
	line []byte
	done func(error)
}

// NewPacker makes a packer; it does not connect.
func NewPacker(cfg DirectConfig) *Packer {
	p := &Packer{direct: NewDirect(cfg)}
	p.limit = PackLimit(p.direct.cfg.MaxPayload)
	p.room.L = &p.mu
	return p
}

// Publish sends one event and waits until it is on disk. A refused event is a
// *schemas.Violation; after any other error but ErrClosed it may be stored all the
// same, and sending it again is safe. When ctx ends the event is on its way nevertheless.
func (p *Packer) Publish(ctx context.Context, event *schemas.Event) error {
	stored := make(chan error, 1)
	if err := p.Add(ctx, event, func(err error) { stored <- err }); err != nil {
		return err
	}
	select {
	case err := <-stored:
		return err
	case <-ctx.Done():
		return fmt.Errorf("wait for the event to be stored: %w", context.Cause(ctx))
	}
}

// Add takes one event and returns, as soon as there is room for it. Then done is
// called exactly once, from another goroutine, with nil when the event is on disk;
// it must not wait for this packer. With an error of Add itself (a *schemas.Violation,
// ErrClosed, or that of ctx) the event was not taken, and done is never called.
func (p *Packer) Add(ctx context.Context, event *schemas.Event, done func(error)) error {
	bound := *event
	if err := p.direct.check(&bound); err != nil {
		return err
	}
	line, err := encode(&bound, p.limit, len(bound.Data)+envelopeRoom)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, p.wake)
	defer stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.closed && ctx.Err() == nil && (len(p.queue) >= packerRoom*stream.MaxPackEvents || p.bytes >= packerRoom*p.limit) {
		p.room.Wait()
	}
	switch {
	case p.closed:
		return ErrClosed
	case ctx.Err() != nil:
		return fmt.Errorf("wait for room: %w", context.Cause(ctx))
	}
	p.settled.Add(1)
	p.queue = append(p.queue, waiting{line, done})
	p.bytes += len(line) + 1
	if p.due() {
		p.flying++
		go p.send()
	}
	return nil
}

// wake lets those who wait for room look again.
func (p *Packer) wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.room.Broadcast()
}

// due says that a pack should start now. It needs the lock.
func (p *Packer) due() bool {
	switch {
	case len(p.queue) == 0 || p.flying == directInFlight:
		return false
	case p.flying == 0:
		return true
	default:
		return len(p.queue) >= stream.MaxPackEvents/packerOverlap || p.bytes >= p.limit/packerOverlap
	}
}

// send stores pack after pack, as long as one is due.
func (p *Packer) send() {
	for {
		p.mu.Lock()
		p.flying--
		if !p.due() {
			p.mu.Unlock()
			return
		}
		p.flying++
		pack := p.take()
		p.mu.Unlock()
		p.store(pack)
	}
}

// take cuts a pack from the head of the queue. It needs the lock.
func (p *Packer) take() []waiting {
	count, size := 0, 0
	for count < len(p.queue) && count < stream.MaxPackEvents {
		more := len(p.queue[count].line) + 1
		if count > 0 && size+more > p.limit {
			break
		}
		count, size = count+1, size+more
	}
	pack := p.queue[:count:count]
	if p.queue = p.queue[count:]; len(p.queue) == 0 {
		p.queue = nil
	}
	p.bytes -= size
	p.room.Broadcast()
	return pack
}

func (p *Packer) store(pack []waiting) {
	lines := make([][]byte, len(pack))
	for i := range pack {
		lines[i] = pack[i].line
	}
	err := p.direct.store(context.Background(), PackMessage(stream.PackSubject(p.direct.cfg.Tenant), lines))
	if err != nil {
		err = fmt.Errorf("publish event: %w", err)
	}
	for i := range pack {
		pack[i].done(err)
		p.settled.Done()
	}
}

// Close takes no more events and waits until every one that was taken is on disk,
// or given up, or ctx ends.
func (p *Packer) Close(ctx context.Context) error {
	p.mu.Lock()
	p.closed = true
	p.room.Broadcast()
	p.mu.Unlock()
	settled := make(chan struct{})
	go func() {
		p.settled.Wait()
		close(settled)
	}()
	select {
	case <-settled:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the last events to be stored: %w", context.Cause(ctx))
	}
}
