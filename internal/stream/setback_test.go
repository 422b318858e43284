package stream_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/stream"
)

// TestLockOutlivesNoDeadHolder: whatever the server's clock says, a lock that nobody renews is taken from its holder.
func TestLockOutlivesNoDeadHolder(t *testing.T) {
	t.Parallel()
	js, _ := newJetStream(t)
	kv, err := js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "locks-without-end"})
	if err != nil {
		t.Fatal(err)
	}
	taken, err := kv.Create(t.Context(), "x", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		revision uint64
		since    time.Time
		free     bool
	}{
		{"never seen before", 0, time.Time{}, false},
		{"seen a moment ago", taken, time.Now(), false},
		{"renewed since", taken - 1, time.Now().Add(-time.Hour), false},
		{"not renewed for long", taken, time.Now().Add(-time.Hour), true},
	} {
		stream.LookAtLock(t.Context(), kv, "x", c.revision, c.since)
		if _, err := kv.Create(t.Context(), "x", nil); (err == nil) != c.free {
			t.Errorf("%s: the lock is free: %t", c.name, err == nil)
		}
	}
}

// TestNothingWaitsForAnOldClock: what a process holds that died is delivered anew as soon as the server has started, though the server
// waits for an acknowledgement until its clock has gone on by hours.
func TestNothingWaitsForAnOldClock(t *testing.T) {
	t.Parallel()
	js, _ := newJetStream(t)
	const durable = "takers"
	takers, err := js.CreateConsumer(t.Context(), stream.EventsStream, jetstream.ConsumerConfig{Durable: durable, AckPolicy: jetstream.AckExplicitPolicy, AckWait: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := js.Publish(t.Context(), stream.PackSubject("acme"), []byte("{}")); err != nil {
			t.Fatal(err)
		}
	}
	first, err := takers.Next()
	if err != nil {
		t.Fatal(err)
	}
	if err := first.DoubleAck(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := takers.Next(); err != nil { // and never acknowledge it
		t.Fatal(err)
	}
	watching, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	watch := stream.Watch{
		Stream: js, Logger: slog.New(slog.DiscardHandler), Fresh: true, Every: 10 * time.Millisecond,
		Durables: []stream.Durable{{Stream: stream.DirtyStream, Name: "not-there-yet"}, {Stream: stream.EventsStream, Name: durable}},
	}
	go func() { defer close(ended); watch.Run(watching) }()
	defer func() { stop(); <-ended }()
	for deadline := time.Now().Add(time.Minute); ; {
		info, err := takers.Info(t.Context())
		if err == nil && info.NumAckPending == 0 && info.NumPending == 2 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%+v, %v", info, err)
		}
	}
	for want := uint64(2); want <= 3; want++ {
		msg, err := takers.Next()
		if err != nil {
			t.Fatal(err)
		}
		if meta, err := msg.Metadata(); err != nil || meta.Sequence.Stream != want {
			t.Errorf("message %+v, %v, want %d", meta, err, want)
		}
	}
}
