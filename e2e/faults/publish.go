package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/producers"
)

const (
	clients     = 6                      // that publish at once
	patience    = 3 * time.Second        // with one request, or one acknowledgement
	afterTrying = 120 * time.Millisecond // rest of a client whose send failed
	longestRest = 6 * time.Millisecond   // of a client whose send worked
	againLimit  = 60 * time.Second       // until a stubborn send must have worked
)

// publisher is the systems that send events, and remembers what each was told.
type publisher struct {
	round *Round
	http  *http.Client
	nc    *nats.Conn
	js    jetstream.JetStream
	where string // the NATS address that nc goes to

	mu     sync.Mutex
	failed []*Send // stubborn ones that were not acknowledged
}

func newPublisher(r *Round) *publisher {
	return &publisher{round: r, http: &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: clients}}}
}

func (p *publisher) close() {
	p.http.CloseIdleConnections()
	if p.nc != nil {
		p.nc.Close()
	}
}

// connect opens the way to NATS; it comes back by itself after every fault.
func (p *publisher) connect(address string) error {
	if p.nc != nil && p.where == address {
		return nil
	}
	if p.nc != nil {
		p.nc.Close()
	}
	var err error
	p.nc, err = nats.Connect("nats://"+address, nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond), nats.RetryOnFailedConnect(true),
		nats.ReconnectBufSize(-1), nats.Name("faults publisher"))
	if err != nil {
		return fmt.Errorf("connect the publishers: %w", err)
	}
	p.where = address
	if p.js, err = jetstream.New(p.nc); err != nil {
		return fmt.Errorf("connect the publishers: %w", err)
	}
	return nil
}

// first sends everything once, a few sends at a time, while the fault is on.
func (p *publisher) first(ctx context.Context) {
	if err := p.connect(p.round.Via.NATS); err != nil {
		p.round.Notef("%v", err)
	}
	queue := make(chan *Send)
	var sending sync.WaitGroup
	for client := range clients {
		rest := rand.New(rand.NewPCG(p.round.Seed, uint64(10+client))) //nolint:gosec // it must be the same again
		sending.Go(func() {
			for send := range queue {
				told := p.try(ctx, send, p.round.Via.HTTP)
				if !told && send.Stubborn {
					p.mu.Lock()
					p.failed = append(p.failed, send)
					p.mu.Unlock()
				}
				p.round.Work.done()
				pause(ctx, told, rest)
			}
		})
	}
	for _, send := range p.round.Work.Sends {
		queue <- send
	}
	close(queue)
	sending.Wait()
}

// pause is the rest of a client, so that a fault meets sends before, under and after it.
func pause(ctx context.Context, told bool, rest *rand.Rand) {
	length := time.Duration(rest.Int64N(int64(longestRest)))
	if !told {
		length = afterTrying
	}
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// again repeats the stubborn sends, straight to the house, until each is acknowledged.
func (p *publisher) again(ctx context.Context) error {
	if err := p.connect(p.round.House.NATS); err != nil {
		return err
	}
	for _, send := range p.failed {
		err := await(ctx, againLimit, "a send to be acknowledged after the fault", func(ctx context.Context) error {
			if !p.try(ctx, send, p.round.House.HTTP) {
				return fmt.Errorf("%d events in way %d are not acknowledged", len(send.Items), send.Way)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// try sends once, and tells whether every event has an answer.
func (p *publisher) try(ctx context.Context, send *Send, address string) bool {
	for _, item := range send.Items {
		item.trying()
	}
	switch send.Way {
	case HTTPSingle, HTTPBinary, HTTPBatch, HTTPLines:
		return p.post(ctx, send, address)
	default:
		return p.store(ctx, send)
	}
}

// post sends one request.
func (p *publisher) post(ctx context.Context, send *Send, address string) bool {
	target := "http://" + address + "/v1/events?tenant=" + url.QueryEscape(send.Items[0].Tenant)
	body, media := bodyOf(send)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return false
	}
	request.Header.Set("Content-Type", media)
	if send.Way == HTTPBinary && send.Items[0].event != nil {
		binaryHeaders(request.Header, send.Items[0])
	}
	response, err := p.http.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return false
	}
	switch response.StatusCode {
	case http.StatusAccepted, http.StatusUnprocessableEntity:
		return read(answer, send)
	case http.StatusBadRequest:
		for _, item := range send.Items {
			item.note(refused)
		}
		return true
	default:
		return false
	}
}

// read takes down what the gateway said of each event.
func read(answer []byte, send *Send) bool {
	var report producers.Report
	if json.Unmarshal(answer, &report) != nil || len(report.Results) != len(send.Items) {
		return false
	}
	for i, result := range report.Results {
		switch result.Status {
		case producers.Accepted:
			send.Items[i].note(acknowledged)
		case producers.Rejected:
			send.Items[i].note(refused)
		default:
			return false
		}
	}
	return true
}

func bodyOf(send *Send) (body []byte, media string) {
	one := send.Items[0]
	switch send.Way {
	case HTTPBinary:
		if one.event != nil {
			return one.event.Data, "application/json"
		}
		return one.Raw, stream.MediaStructured
	case HTTPBatch:
		body = append(body, '[')
		for i, item := range send.Items {
			if i > 0 {
				body = append(body, ',')
			}
			body = append(body, item.Raw...)
		}
		return append(body, ']'), stream.MediaBatch
	case HTTPLines:
		for _, item := range send.Items {
			body = append(append(body, item.Raw...), '\n')
		}
		return body, stream.MediaLines
	default:
		return one.Raw, stream.MediaStructured
	}
}

// binaryHeaders says in headers what the envelope says.
func binaryHeaders(header http.Header, item *Item) {
	e := item.event
	set := func(name, value string) {
		if value != "" {
			header.Set("ce-"+name, producers.EncodeHeaderValue(value))
		}
	}
	set("specversion", "1.0")
	set("id", e.ID)
	set("source", e.Source)
	set("type", e.Type)
	set("subject", e.Subject)
	set("time", e.Time.Format("2006-01-02T15:04:05.000Z"))
	set("reason", e.Reason)
	if !e.Recorded.IsZero() {
		set("recordedtime", e.Recorded.Format("2006-01-02T15:04:05.000Z"))
	}
	if e.Revision > 0 {
		set("revision", strconv.FormatUint(uint64(e.Revision), 10))
	}
	if e.Voided {
		set("voided", "true")
	}
}

// store publishes one message past the gateway.
func (p *publisher) store(ctx context.Context, send *Send) bool {
	if p.js == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	one := send.Items[0]
	if send.Way == NATSBinary && one.event != nil {
		direct := producers.NewDirect(producers.DirectConfig{Stream: p.js, Tenant: one.Tenant, Timeout: patience, Attempts: 1})
		if direct.PublishOne(ctx, one.event, true) != nil {
			return false
		}
	} else if _, err := producers.Store(ctx, p.js, message(send)); err != nil {
		return false
	}
	for _, item := range send.Items {
		item.note(acknowledged)
	}
	return true
}

func message(send *Send) *nats.Msg {
	one := send.Items[0]
	if send.Way == NATSPack {
		lines := make([][]byte, len(send.Items))
		for i, item := range send.Items {
			lines[i] = item.Raw
		}
		return producers.PackMessage(stream.PackSubject(one.Tenant), lines)
	}
	msg := nats.NewMsg(stream.EventSubject(one.Tenant, typeOf(one)))
	msg.Header.Set(stream.HeaderContentType, stream.MediaStructured)
	msg.Data = one.Raw
	return msg
}

// typeOf is what an event says of its type, also when the rest of it is wrong.
func typeOf(item *Item) string {
	var envelope struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(item.Raw, &envelope) != nil || envelope.Type == "" {
		return "attendance.recorded.v1"
	}
	return envelope.Type
}
