package producers_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/producers"
	"github.com/turnout/turnout/producers/internal/streamtest"
	"github.com/turnout/turnout/schemas"
)

func event(tb testing.TB, id, more string) *schemas.Event {
	tb.Helper()
	event, err := schemas.DecodeStructured([]byte(streamtest.Event(id, more)))
	if err != nil {
		tb.Fatal(err)
	}
	return event
}

// Goroutines that publish one event at a time share messages; all that is told to be stored is.
func TestPackerSharesMessages(t *testing.T) {
	t.Parallel()
	const publishers, each = 40, 25
	server := streamtest.Start(t, 0)
	packer := producers.NewPacker(producers.DirectConfig{Stream: server.JS, Tenant: "north", Registry: builtin(t), MaxPayload: streamtest.MaxPayload})
	var group sync.WaitGroup
	for p := range publishers {
		group.Go(func() {
			for i := range each {
				if err := packer.Publish(t.Context(), event(t, fmt.Sprintf("%d-%d", p, i), "")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if ids := server.IDs(t); len(ids) != publishers*each || ids["north/0-0"] != 1 {
		t.Errorf("%d events are stored", len(ids))
	}
	if messages := server.Stored(t); len(messages) > publishers*each/2 || messages[0].Subject != "turnout.packs.north" {
		t.Errorf("%d messages for %d events, on %s", len(messages), publishers*each, messages[0].Subject)
	}
	if err := packer.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// One goroutine that does not wait fills packs; Close waits for all of them.
func TestPackerFromOneGoroutine(t *testing.T) {
	t.Parallel()
	const count = 20_000 // more than may wait at once
	server := streamtest.Start(t, 0)
	packer := producers.NewPacker(producers.DirectConfig{Stream: server.JS, Tenant: "north"})
	var told, failed atomic.Int64
	one := event(t, "a", "")
	for i := range count {
		one.ID = strconv.Itoa(i)
		err := packer.Add(t.Context(), one, func(err error) {
			told.Add(1)
			if err != nil {
				failed.Add(1)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := packer.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if told.Load() != count || failed.Load() != 0 || len(server.IDs(t)) != count {
		t.Errorf("%d told, %d failed, %d stored", told.Load(), failed.Load(), len(server.IDs(t)))
	}
	for _, message := range server.Stored(t) {
		if len(message.Events) > stream.MaxPackEvents {
			t.Errorf("a pack of %d", len(message.Events))
		}
	}
	if err := packer.Add(t.Context(), one, func(error) { t.Error("told of an event that was not taken") }); !errors.Is(err, producers.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// An event at fault is told at once and is in no message.
func TestPackerRefuses(t *testing.T) {
	t.Parallel()
	server := streamtest.Start(t, 0)
	packer := producers.NewPacker(producers.DirectConfig{Stream: server.JS, Tenant: "north", Registry: builtin(t), MaxPayload: 64 << 10})
	long := event(t, "long", "")
	long.Data = []byte(strings.Replace(string(long.Data), "m-1", strings.Repeat("m", 40<<10), 1))
	guessed := event(t, "b", "")
	guessed.Type = "attendance.guessed.v1"
	unchecked := producers.NewPacker(producers.DirectConfig{Stream: server.JS, Tenant: "north", MaxPayload: 64 << 10})
	for name, test := range map[string]struct {
		packer *producers.Packer
		event  *schemas.Event
		code   string
	}{
		"another tenant": {packer, event(t, "a", `"tenant":"south",`), schemas.CodeTenantMismatch},
		"unknown type":   {packer, guessed, schemas.CodeUnknownType},
		"too long":       {unchecked, long, schemas.CodeTooLarge},
	} {
		var violation *schemas.Violation
		if err := test.packer.Publish(t.Context(), test.event); !errors.As(err, &violation) || violation.Code != test.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if stored := server.Stored(t); len(stored) != 0 {
		t.Errorf("%d messages are stored", len(stored))
	}
}

// held is a stream whose acknowledgements come when they are let go.
type held struct {
	release chan error
	sizes   []int
	mu      sync.Mutex
}

func (h *held) PublishMsg(ctx context.Context, msg *nats.Msg, _ ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	h.mu.Lock()
	h.sizes = append(h.sizes, len(schemas.SplitLines(msg.Data)))
	h.mu.Unlock()
	select {
	case err := <-h.release:
		if err != nil {
			return nil, err
		}
		return &jetstream.PubAck{Stream: stream.EventsStream}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// What waits goes together once the first message is acknowledged; what is not acknowledged is told so, and a full queue
// holds its publisher up, until its context ends.
func TestPackerWaits(t *testing.T) {
	t.Parallel()
	one := event(t, "a", "")
	synctest.Test(t, func(t *testing.T) {
		stream := &held{release: make(chan error, 100)}
		packer := producers.NewPacker(producers.DirectConfig{Stream: stream, Tenant: "north", Attempts: 1, Timeout: time.Hour})
		results := make(chan error, 100)
		add := func() {
			if err := packer.Add(t.Context(), one, func(err error) { results <- err }); err != nil {
				t.Error(err)
			}
		}
		add()
		synctest.Wait()
		for range 20 {
			add()
		}
		synctest.Wait()
		stream.release <- nil
		stream.release <- nats.ErrTimeout
		synctest.Wait()
		failed := 0
		for range 21 {
			if err := <-results; err != nil {
				failed++
			}
		}
		if failed != 20 || len(stream.sizes) != 2 || stream.sizes[1] != 20 {
			t.Errorf("packs of %v, %d events failed", stream.sizes, failed)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		taken := 0
		for ; taken < 100_000; taken++ {
			if err := packer.Add(ctx, one, func(error) {}); err != nil {
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Error(err)
				}
				break
			}
		}
		if taken < 1000 || taken > 20_000 {
			t.Errorf("%d events were taken while nothing was acknowledged", taken)
		}
		if err := packer.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close gave %v while events waited", err)
		}
		close(stream.release) // from now on all is acknowledged
		if err := packer.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// BenchmarkPacker is single events over NATS into a stream that syncs each message: from 64 goroutines that wait for each,
// from one that does not wait, and, to compare, each in a message of its own.
func BenchmarkPacker(b *testing.B) {
	server := streamtest.Start(b, 0)
	cfg := producers.DirectConfig{Stream: server.JS, Tenant: "north", Registry: builtin(b), MaxPayload: streamtest.MaxPayload}
	one := event(b, "a", "")
	b.Run("waiting=64", func(b *testing.B) {
		packer := producers.NewPacker(cfg)
		b.ReportAllocs()
		b.SetParallelism(32) // of 2 processors
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := packer.Publish(b.Context(), one); err != nil {
					b.Error(err)
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	})
	b.Run("not-waiting", func(b *testing.B) {
		packer := producers.NewPacker(cfg)
		b.ReportAllocs()
		for b.Loop() {
			if err := packer.Add(b.Context(), one, func(err error) {
				if err != nil {
					b.Error(err)
				}
			}); err != nil {
				b.Fatal(err)
			}
		}
		if err := packer.Close(b.Context()); err != nil {
			b.Error(err)
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	})
	b.Run("singly", func(b *testing.B) {
		direct := producers.NewDirect(cfg)
		b.ReportAllocs()
		for b.Loop() {
			if err := direct.PublishOne(b.Context(), one, false); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	})
}
