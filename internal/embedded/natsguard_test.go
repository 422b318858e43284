package embedded_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/embedded"
	"github.com/turnout/turnout/internal/smalldisk"
)

// A disk that fills up makes the server useless until it is started anew. That
// happens by itself, when there is room, and what was acknowledged is all there.
func TestNATSRecoversFromAFullDisk(t *testing.T) {
	for _, durability := range []string{embedded.Strict, embedded.Balanced} {
		t.Run(durability, func(t *testing.T) {
			disk := smalldisk.New(t, 64<<20)
			broker := startNATS(t, embedded.NATSConfig{Dir: disk.Dir + "/nats", Durability: durability, GuardEvery: 50 * time.Millisecond})
			connection, err := nats.Connect(broker.URL(), nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond))
			if err != nil {
				t.Fatal(err)
			}
			defer connection.Close()
			stream, err := jetstream.New(connection)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := stream.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>"}}); err != nil {
				t.Fatal(err)
			}
			kept := publishNumbers(t, stream, 0, 20)
			disk.Fill(t, 0, os.Getpid())
			refused := false
			for n := 20; !refused; n++ {
				if err := publishNumber(t, stream, n, 500*time.Millisecond); err != nil {
					refused = true
				} else {
					kept = append(kept, n)
				}
			}
			waitUntil(t, "the trouble to be told", func() bool { return broker.Trouble() != nil && !broker.Healthy() })
			disk.Free(t, os.Getpid())
			waitUntil(t, "the server to be back", broker.Healthy)
			if broker.Restarts() == 0 {
				t.Error("the server was not started anew")
			}
			waitUntil(t, "a message to be taken", func() bool { return publishNumber(t, stream, 1_000_000, time.Second) == nil })
			checkNumbers(t, stream, kept)
		})
	}
}

func publishNumbers(t *testing.T, stream jetstream.JetStream, from, to int) []int {
	t.Helper()
	var kept []int
	for n := from; n < to; n++ {
		if err := publishNumber(t, stream, n, time.Minute); err != nil {
			t.Fatal(err)
		}
		kept = append(kept, n)
	}
	return kept
}

// publishNumber publishes a message that takes 100 kB and begins with its number.
func publishNumber(t *testing.T, stream jetstream.JetStream, n int, patience time.Duration) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	body := append([]byte(fmt.Sprintf("%d ", n)), bytes.Repeat([]byte("x"), 100_000)...)
	_, err := stream.Publish(ctx, "s.n", body, jetstream.WithRetryAttempts(0))
	return err
}

// checkNumbers insists that every acknowledged message is in the stream.
func checkNumbers(t *testing.T, stream jetstream.JetStream, kept []int) {
	t.Helper()
	s, err := stream.Stream(t.Context(), "S")
	if err != nil {
		t.Fatal(err)
	}
	found := map[int]bool{}
	state := s.CachedInfo().State
	for seq := state.FirstSeq; seq <= state.LastSeq; seq++ {
		message, err := s.GetMsg(t.Context(), seq)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		var n int
		if _, err := fmt.Sscan(string(message.Data[:10]), &n); err != nil {
			t.Fatal(err)
		}
		found[n] = true
	}
	for _, n := range kept {
		if !found[n] {
			t.Errorf("message %d was acknowledged and is gone", n)
		}
	}
}

func waitUntil(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for !holds() {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
