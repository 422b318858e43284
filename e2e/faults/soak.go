package faults

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/turnout/turnout/consumers"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/schemas"
)

// Soak says how long and how much is published while faults go on.
type Soak struct {
	Binary, Folder string
	Minutes        int
	Rate           int // events a second
	Seed           uint64
	Out            io.Writer
}

// soakTenants share the events; soakPack is how many go in a request.
const (
	soakTenants = 5
	soakPack    = 20
	soakMonths  = 18 // of business time, that the events of a minute fall into
)

// Minute is what was held at the end of a minute.
type Minute struct {
	Fault           string
	Program, Engine Usage
	Parts, Lag      int
	Acknowledged    int64
}

// soaking is a soak under way.
type soaking struct {
	plan               Soak
	house              *House
	random             *rand.Rand
	sent, acknowledged atomic.Int64
}

// RunSoak publishes at a steady rate for so long, breaks something every minute, and tells every minute what is held. The error says
// what is not flat, or not counted right.
func RunSoak(ctx context.Context, plan Soak) ([]Minute, error) {
	house, err := OpenHouse(ctx, plan.Binary, plan.Folder)
	if err != nil {
		return nil, err
	}
	s := &soaking{plan: plan, house: house, random: rand.New(rand.NewPCG(plan.Seed, 4))} //nolint:gosec // it must be the same again
	minutes, err := s.run(ctx)
	return minutes, errors.Join(err, house.Close())
}

func (s *soaking) run(ctx context.Context) ([]Minute, error) {
	publishing, stop := context.WithTimeout(ctx, time.Duration(s.plan.Minutes)*time.Minute)
	defer stop()
	ended := make(chan struct{})
	go func() { defer close(ended); s.publish(publishing) }()
	var minutes []Minute
	fmt.Fprintln(s.plan.Out, "| minute | fault | program MiB | its descriptors | engine MiB | its descriptors | parts | lag | acknowledged |\n|---|---|---|---|---|---|---|---|---|")
	for n := range s.plan.Minutes {
		end := time.After(time.Minute)
		fault, err := s.breakOnce(ctx, n)
		if err != nil {
			return minutes, err
		}
		select {
		case <-end:
		case <-ctx.Done():
			return minutes, context.Cause(ctx)
		}
		m, err := s.measure(ctx, fault)
		if err != nil {
			return minutes, err
		}
		minutes = append(minutes, m)
		fmt.Fprintf(s.plan.Out, "| %d | %s | %d | %d | %d | %d | %d | %d | %d |\n", n+1, m.Fault, m.Program.Private>>20, m.Program.Descriptors,
			m.Engine.Private>>20, m.Engine.Descriptors, m.Parts, m.Lag, m.Acknowledged)
	}
	<-ended
	return minutes, errors.Join(s.count(ctx), flat(minutes))
}

// publish sends packs at a steady pace; what is late is not caught up with.
func (s *soaking) publish(ctx context.Context) {
	ticker := time.NewTicker(time.Second * soakPack / time.Duration(s.plan.Rate))
	defer ticker.Stop()
	client := &http.Client{Timeout: patience}
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		tenant := fmt.Sprintf("soak-%d", n%soakTenants)
		var lines []byte
		for i := range soakPack {
			number := n*soakPack + i
			at := time.Date(2024, time.Month(1+number%soakMonths), 1+number%28, 18, 0, 0, 0, time.UTC)
			data := fmt.Sprintf(`{"gathering_id":"g%d","person_id":"p%d","present":true,"role":"participant","method":"desk"}`, number/200, number%200)
			lines = append(append(lines, event(tenant, "s"+strconv.Itoa(number), "attendance.recorded.v1", at, "", data)...), '\n')
		}
		s.sent.Add(soakPack)
		request, err := http.NewRequest(http.MethodPost, "http://"+s.house.HTTP+"/v1/events", strings.NewReader(string(lines))) //nolint:noctx // the last one is finished
		if err != nil {
			continue
		}
		request.Header.Set("Content-Type", stream.MediaLines)
		response, err := client.Do(request)
		if err != nil {
			continue
		}
		_, _ = io.Copy(io.Discard, response.Body) // so that the connection is used again
		response.Body.Close()
		if response.StatusCode == http.StatusAccepted {
			s.acknowledged.Add(soakPack)
		}
	}
}

// breakOnce breaks something that the program must survive, since its own memory is watched; the engine is killed every tenth minute.
func (s *soaking) breakOnce(ctx context.Context, minute int) (string, error) {
	kinds := []Kind{nothing(), killConsumer(), pauseConsumer(), rejectDeliveries(), dropDeliveries(), pauseEngine()}
	kind := kinds[s.random.IntN(len(kinds))]
	if minute%10 == 5 {
		kind = killEngine()
	}
	r := &Round{Kind: kind, House: s.house, Random: s.random, Work: newWork(nil, s.random)}
	if err := r.step(ctx, "prepare", kind.Prepare); err != nil {
		return kind.Name, err
	}
	over := time.AfterFunc(5*time.Second, r.Work.done) // the only send of this round's own is the time that passes
	defer over.Stop()
	r.Work.Sends = []*Send{{}}
	if err := r.step(ctx, "break", kind.Break); err != nil {
		return kind.Name, err
	}
	return kind.Name, s.house.Whole(ctx)
}

func (s *soaking) measure(ctx context.Context, fault string) (Minute, error) {
	m := Minute{Fault: fault, Acknowledged: s.acknowledged.Load()}
	var err error
	if m.Program, err = usage(s.house.Program.PID); err != nil {
		return m, fmt.Errorf("measure the program: %w", err)
	}
	if m.Engine, err = usage(s.house.Engine()); err != nil {
		return m, fmt.Errorf("measure the engine: %w", err)
	}
	rows, err := s.house.Query(ctx, "SELECT count() FROM system.parts WHERE active AND database = 'turnout'")
	if err != nil {
		return m, err
	}
	if m.Parts, err = strconv.Atoi(rows[0][0]); err != nil {
		return m, fmt.Errorf("count parts: %w", err)
	}
	durable, err := s.house.js.Consumer(ctx, stream.EventsStream, consumers.Durable)
	if err != nil {
		return m, fmt.Errorf("ask for the lag: %w", err)
	}
	info := durable.CachedInfo()
	m.Lag = int(info.NumPending) + info.NumAckPending
	return m, nil
}

// count holds the log against what was sent, and asks Turnout itself.
func (s *soaking) count(ctx context.Context) error {
	if err := s.house.Drained(ctx); err != nil {
		return err
	}
	rows, err := s.house.Query(ctx, "SELECT count(), uniqExact(tenant, source, id) FROM events FINAL")
	if err != nil {
		return err
	}
	stored, err := strconv.ParseInt(rows[0][0], 10, 64)
	if err != nil {
		return fmt.Errorf("count the log: %w", err)
	}
	acknowledged, sent := s.acknowledged.Load(), s.sent.Load()
	fmt.Fprintf(s.plan.Out, "\n%d events sent, %d acknowledged, %d stored, %s identities\n", sent, acknowledged, stored, rows[0][1])
	if stored < acknowledged || stored > sent || rows[0][0] != rows[0][1] {
		return errors.New("the log is not what was acknowledged")
	}
	registry, err := schemas.Builtin()
	if err != nil {
		return fmt.Errorf("load the contract: %w", err)
	}
	r, v := &Round{House: s.house, registry: registry}, &Verdict{}
	r.audit(ctx, v)
	if !v.Clean() {
		return fmt.Errorf("audit: %q", v.Details)
	}
	return nil
}

// flat compares the middle of the first third, after which caches are full, with the middle of the last third.
func flat(minutes []Minute) error {
	third := len(minutes) / 3
	if third == 0 {
		return nil
	}
	early, late := minutes[third/2:third+third/2], minutes[len(minutes)-third:]
	var failures []error
	for _, one := range []struct {
		what  string
		value func(Minute) int
		more  int // than half as much again
	}{
		{"the program's memory in MiB", func(m Minute) int { return int(m.Program.Private >> 20) }, 16},
		{"the program's descriptors", func(m Minute) int { return m.Program.Descriptors }, 16},
		{"the engine's memory in MiB", func(m Minute) int { return int(m.Engine.Private >> 20) }, 64},
		{"the engine's descriptors", func(m Minute) int { return m.Engine.Descriptors }, 48},
		{"parts", func(m Minute) int { return m.Parts }, 40},
		{"lag in messages", func(m Minute) int { return m.Lag }, 200},
	} {
		was, is := middle(early, one.value), middle(late, one.value)
		if is > was+was/2+one.more {
			failures = append(failures, fmt.Errorf("%s is not flat: %d, later %d", one.what, was, is))
		}
	}
	return errors.Join(failures...)
}

func middle(minutes []Minute, value func(Minute) int) int {
	values := make([]int, len(minutes))
	for i, m := range minutes {
		values[i] = value(m)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
