package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/producers"
	"github.com/turnout/turnout/schemas"
)

// ways are the modes of publishing: each sends events n, n+1, … once and gives
// those that were acknowledged. How many it takes at a time is the map's number.
func ways() map[string]int {
	return map[string]int{"http-single": 1, "http-batch": 40, "go-packs": 60, "nats-structured": 1, "nats-binary": 1}
}

// publishers send the workload in every mode, and remember what was acknowledged.
type publishers struct {
	t *testing.T
	h *house

	mu           sync.Mutex
	acknowledged map[string]bool
	refused      map[string]int // HTTP answers other than 202, by code
	sent         map[string]int // the next number, by mode
}

func newPublishers(h *house) *publishers {
	return &publishers{t: h.t, h: h, acknowledged: map[string]bool{}, refused: map[string]int{}, sent: map[string]int{}}
}

// modeEvent is an attendance at the gathering of its mode; the person is unique.
func modeEvent(mode string, n int) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"/modes","tenant":"default","type":"attendance.recorded.v1","time":"2024-03-01T18:00:00Z","data":{"gathering_id":%q,"person_id":"p%d","present":true,"role":"participant","method":"desk"}}`, fmt.Sprintf("%s-%d", mode, n), mode, n)
}

// run publishes in every mode at once until ctx ends.
func (p *publishers) run(ctx context.Context) *sync.WaitGroup {
	p.t.Helper()
	var all sync.WaitGroup
	for mode, size := range ways() {
		send := p.sender(mode)
		all.Go(func() {
			defer send.close()
			for ctx.Err() == nil {
				p.once(ctx, mode, size, send)
			}
		})
	}
	return &all
}

// once sends the next events of a mode, and waits a moment after a failure: nothing says when it is worth it again.
func (p *publishers) once(ctx context.Context, mode string, size int, send sender) {
	p.mu.Lock()
	first := p.sent[mode]
	p.sent[mode] += size
	p.mu.Unlock()
	events := make([]json.RawMessage, size)
	for i := range events {
		events[i] = json.RawMessage(modeEvent(mode, first+i))
	}
	try, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if err := send.publish(try, events); err != nil {
		select {
		case <-ctx.Done():
		case <-time.After(5 * time.Millisecond):
		}
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range events {
		p.acknowledged[fmt.Sprintf("%s-%d", mode, first+i)] = true
	}
}

func (p *publishers) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.acknowledged)
}

// all waits until every mode has so many more acknowledged.
func (p *publishers) wait(more int) {
	p.t.Helper()
	before := p.byMode()
	eventually(p.t, time.Minute, "events to be acknowledged in every mode", func() error {
		for mode, n := range p.byMode() {
			if n < before[mode]+more {
				return fmt.Errorf("%s: %d of %d", mode, n-before[mode], more)
			}
		}
		return nil
	})
}

func (p *publishers) byMode() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	counts := map[string]int{}
	for mode := range ways() {
		counts[mode] = 0
	}
	for id := range p.acknowledged {
		counts[id[:strings.LastIndexByte(id, '-')]]++
	}
	return counts
}

// sender publishes events in one mode; nil means that all are acknowledged.
type sender struct {
	publish func(ctx context.Context, events []json.RawMessage) error
	close   func()
}

func (p *publishers) sender(mode string) sender {
	p.t.Helper()
	switch mode {
	case "http-single":
		return sender{func(ctx context.Context, events []json.RawMessage) error {
			return p.post(ctx, "application/cloudevents+json", events)
		}, func() {}}
	case "http-batch":
		return sender{func(ctx context.Context, events []json.RawMessage) error {
			return p.post(ctx, "application/x-ndjson", events)
		}, func() {}}
	}
	nc, err := nats.Connect(p.h.endpoints.NATS, nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond), nats.RetryOnFailedConnect(true))
	if err != nil {
		p.t.Fatal(err)
	}
	js, err := jetstream.New(nc)
	if err != nil {
		p.t.Fatal(err)
	}
	client := producers.NewDirect(producers.DirectConfig{Stream: js, Tenant: "default", Attempts: 1, Timeout: time.Second})
	publish := func(ctx context.Context, events []json.RawMessage) error {
		_, err := client.Publish(ctx, events)
		return err
	}
	if mode != "go-packs" {
		publish = func(ctx context.Context, events []json.RawMessage) error {
			event, err := schemas.DecodeStructured(events[0])
			if err != nil {
				return err
			}
			return client.PublishOne(ctx, event, mode == "nats-binary")
		}
	}
	return sender{publish, nc.Close}
}

func (p *publishers) post(ctx context.Context, media string, events []json.RawMessage) error {
	var body strings.Builder
	for _, event := range events {
		body.Write(event)
		body.WriteByte('\n')
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.h.endpoints.HTTP+"/v1/events", strings.NewReader(body.String()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", media)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusAccepted {
		return nil
	}
	var refusal struct {
		Code string `json:"code"`
	}
	if err := json.NewDecoder(response.Body).Decode(&refusal); err != nil {
		return err
	}
	if response.StatusCode == http.StatusServiceUnavailable && response.Header.Get("Retry-After") == "" {
		p.t.Errorf("503 %s without Retry-After", refusal.Code)
	}
	p.mu.Lock()
	p.refused[refusal.Code]++
	p.mu.Unlock()
	return fmt.Errorf("%d %s", response.StatusCode, refusal.Code)
}

func (p *publishers) refusals(code string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.refused[code]
}

// check insists that everything acknowledged is in the log exactly once, that
// nothing is there twice, and that the report counts what the log holds.
func (p *publishers) check() {
	p.t.Helper()
	p.h.settled()
	stored := map[string]int{}
	for line := range strings.Lines(p.h.ask("SELECT id, count() FROM turnout.events FINAL WHERE source = '/modes' GROUP BY id FORMAT TSV")) {
		var id string
		var n int
		if _, err := fmt.Sscan(line, &id, &n); err != nil {
			p.t.Fatalf("%q: %v", line, err)
		}
		stored[id] = n
		if n != 1 {
			p.t.Errorf("%s is stored %d times", id, n)
		}
	}
	lost := 0
	for id := range p.acknowledged {
		if stored[id] == 0 {
			if lost++; lost <= 5 {
				p.t.Errorf("%s was acknowledged and is not stored", id)
			}
		}
	}
	byMode, counted := map[string]int{}, map[string]int{}
	for id := range stored {
		byMode[id[:strings.LastIndexByte(id, '-')]]++
	}
	for _, row := range p.h.rows("attendance", "tenant=default") {
		n, _ := row["attended"].(float64)
		counted[fmt.Sprint(row["gathering_id"])] = int(n)
	}
	for mode, n := range byMode {
		if counted[mode] != n {
			p.t.Errorf("%s: %d are stored, the report counts %d", mode, n, counted[mode])
		}
	}
	p.t.Logf("%d acknowledged, %d stored, %d lost; acknowledged by mode %v, refusals %v", len(p.acknowledged), len(stored), lost, p.byMode(), p.refused)
}

// ask sends a statement to the embedded ClickHouse, as an analyst would.
func (h *house) ask(statement string) string {
	h.t.Helper()
	response, err := http.Post(h.endpoints.ClickHouse, "text/plain", strings.NewReader(statement))
	if err != nil {
		h.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		h.t.Fatalf("%s: %d %s %v", statement, response.StatusCode, answer, err)
	}
	return string(answer)
}
