package bench

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/producers"
)

// wire is one connection that posts events, one request after the other. It is no http.Client, which would take more of the two cores
// than the server it is to measure.
type wire struct {
	conn    net.Conn
	reader  *bufio.Reader
	head    []byte // of every request, up to the length of its body
	request []byte
}

func dial(ctx context.Context, base, key, media string) (*wire, error) {
	target, err := url.Parse(base)
	if err != nil {
		return nil, fmt.Errorf("read the server's URL: %w", err)
	}
	address := target.Host
	if target.Port() == "" {
		address = net.JoinHostPort(target.Hostname(), target.Scheme)
	}
	var conn net.Conn
	if target.Scheme == "https" {
		conn, err = (&tls.Dialer{}).DialContext(ctx, "tcp", address)
	} else {
		conn, err = (&net.Dialer{}).DialContext(ctx, "tcp", address)
	}
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	head := "POST " + target.Path + producers.EventsPath + " HTTP/1.1\r\nHost: " + target.Host + "\r\nContent-Type: " + media + "\r\n"
	if key != "" {
		head += "Authorization: Bearer " + key + "\r\n"
	}
	return &wire{conn: conn, reader: bufio.NewReaderSize(conn, 64<<10), head: []byte(head + "Content-Length: ")}, nil
}

// post sends one body and reads the answer away; its status is what counts.
func (w *wire) post(body []byte) (status int, err error) {
	w.request = append(w.request[:0], w.head...)
	w.request = strconv.AppendInt(w.request, int64(len(body)), 10)
	w.request = append(append(w.request, "\r\n\r\n"...), body...)
	if _, err := w.conn.Write(w.request); err != nil {
		return 0, fmt.Errorf("send: %w", err)
	}
	response, err := http.ReadResponse(w.reader, nil)
	if err != nil {
		return 0, fmt.Errorf("read the answer: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusBadRequest && !busy(response.StatusCode) {
		told, _ := io.ReadAll(io.LimitReader(response.Body, 500))
		return 0, fmt.Errorf("%w: %s: %s", errRefused, response.Status, told)
	}
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return 0, fmt.Errorf("read the answer: %w", err)
	}
	return response.StatusCode, nil
}

var errRefused = errors.New("the server refused events that are sound")

// busy tells that the server asks to come again later.
func busy(status int) bool {
	return status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests
}

// feed hands events of the mix to several clients.
type feed struct {
	mu  sync.Mutex
	mix *mix
}

func (f *feed) take(n int) [][]byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.mix.next(n)
}

// sent is what came of a load.
type sent struct {
	mu       sync.Mutex
	accepted int
	busy     int       // answers that asked to come again
	answers  []float64 // milliseconds
	took     time.Duration
	cpu      time.Duration // of program and engine meanwhile; 0 when nobody knows
}

func (s *sent) note(accepted, busy int, answers []float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accepted += accepted
	s.busy += busy
	s.answers = append(s.answers, answers...)
}

func (s *sent) perSecond() float64 { return float64(s.accepted) / s.took.Seconds() }

// microsEach is the CPU an event; 0 when nobody knows.
func (s *sent) microsEach() float64 {
	if s.accepted == 0 {
		return 0
	}
	return float64(s.cpu.Microseconds()) / float64(s.accepted)
}

// load says how clients send.
type load struct {
	clients, batch int
	// wait is asked before each request; false ends the client. nil is until the context ends.
	wait func(ctx context.Context, events int) bool
}

// drive lets clients send until ctx ends. What is under way then is finished and counted.
func (r *run) drive(ctx context.Context, h *house, l load) (*sent, error) {
	media := stream.MediaStructured
	if l.batch > 1 {
		media = stream.MediaLines
	}
	outcome, events := &sent{}, &feed{mix: r.mix}
	failed := make(chan error, l.clients)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var clients sync.WaitGroup
	before, began := h.cpu(), time.Now()
	for range l.clients {
		clients.Go(func() {
			w, err := dial(context.WithoutCancel(ctx), h.addresses.HTTP, h.key, media)
			if err == nil {
				err = w.run(ctx, l, events, outcome)
				w.conn.Close()
			}
			if err != nil {
				failed <- err
				cancel()
			}
		})
	}
	clients.Wait()
	outcome.took, outcome.cpu = time.Since(began), h.cpu()-before
	select {
	case err := <-failed:
		return nil, err
	default:
		return outcome, nil
	}
}

// chunk is how many single events a client takes from the feed at a time.
const chunk = 64

// run sends until ctx ends.
func (w *wire) run(ctx context.Context, l load, events *feed, outcome *sent) error {
	accepted, held := 0, 0
	var answers []float64
	defer func() { outcome.note(accepted, held, answers) }()
	for ctx.Err() == nil {
		for _, body := range bodies(events, l.batch) {
			if l.wait != nil && !l.wait(ctx, l.batch) || ctx.Err() != nil {
				return nil
			}
			began := time.Now()
			status, err := w.post(body)
			if err != nil {
				return err
			}
			if busy(status) {
				held++
				_ = pause(ctx, 20*time.Millisecond) // the loop looks at ctx
				continue
			}
			accepted += l.batch
			answers = append(answers, milliseconds(time.Since(began)))
		}
	}
	return nil
}

// bodies of the next requests: single events, or one batch in lines.
func bodies(events *feed, batch int) [][]byte {
	if batch <= 1 {
		return events.take(chunk)
	}
	size := 0
	raws := events.take(batch)
	for _, raw := range raws {
		size += len(raw) + 1
	}
	body := make([]byte, 0, size)
	for _, raw := range raws {
		body = append(append(body, raw...), '\n')
	}
	return [][]byte{body}
}
