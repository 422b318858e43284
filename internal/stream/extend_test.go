package stream_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/stream"
)

const brokenAt = "event-05"

// serve runs a NATS server on the folder; the returned function stops it.
func serve(t *testing.T, dir string) (jetstream.JetStream, func()) {
	t.Helper()
	s, err := server.NewServer(&server.Options{JetStream: true, StoreDir: dir, Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true, SyncAlways: true})
	must(t, err)
	s.Start()
	if !s.ReadyForConnections(time.Minute) {
		t.Fatal("the server does not start")
	}
	nc, err := nats.Connect(s.ClientURL())
	must(t, err)
	js, err := jetstream.New(nc)
	must(t, err)
	return js, func() {
		nc.Close()
		s.Shutdown()
		s.WaitForShutdown()
	}
}

// A flipped bit in the last file of the stream must not keep later events from the consumers.
func TestDamagedStreamIsNotCountedAnew(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	js, stop := serve(t, dir)
	must(t, stream.EnsureTopology(t.Context(), js, stream.Topology{MaxPayload: 1 << 20}))
	const events = 10
	for i := 1; i <= events; i++ {
		_, err := js.Publish(t.Context(), stream.PackSubject(""), fmt.Appendf(nil, "event-%02d", i))
		must(t, err)
	}
	durable := jetstream.ConsumerConfig{Durable: "d", AckPolicy: jetstream.AckExplicitPolicy}
	take(t, js, durable, events)
	stop()
	damage(t, dir)

	js, stop = serve(t, dir)
	defer stop()
	reached, err := stream.Reached(t.Context(), js, durable.Durable)
	must(t, err)
	if reached != events {
		t.Errorf("the durable has reached %d, want %d", reached, events)
	}
	lost, err := stream.Extend(t.Context(), js, reached)
	must(t, err)
	if want := uint64(6); lost != want {
		t.Errorf("%d messages are lost, want %d", lost, want)
	}
	ack, err := js.Publish(t.Context(), stream.PackSubject(""), []byte("later"))
	must(t, err)
	if ack.Sequence <= events {
		t.Errorf("sequence %d is used again", ack.Sequence)
	}
	if got := take(t, js, durable, 1); got[0] != "later" {
		t.Errorf("the consumer is given %q", got)
	}
	if lost, err := stream.Extend(t.Context(), js, reached); lost != 0 || err != nil {
		t.Errorf("a whole stream lacks %d, %v", lost, err)
	}
	if reached, err := stream.Reached(t.Context(), js, "nobody"); reached != 0 || err != nil {
		t.Errorf("nobody has reached %d, %v", reached, err)
	}
}

// take gives the bodies of the next n messages.
func take(t *testing.T, js jetstream.JetStream, durable jetstream.ConsumerConfig, n int) []string {
	t.Helper()
	consumer, err := js.CreateOrUpdateConsumer(t.Context(), stream.EventsStream, durable)
	must(t, err)
	batch, err := consumer.Fetch(n, jetstream.FetchMaxWait(time.Minute))
	must(t, err)
	var bodies []string
	for msg := range batch.Messages() {
		bodies = append(bodies, string(msg.Data()))
		must(t, msg.DoubleAck(t.Context()))
	}
	if len(bodies) != n {
		t.Fatalf("%d messages, want %d: %v", len(bodies), n, batch.Error())
	}
	return bodies
}

// damage flips a bit in the length of a record in the stream's only file, as a failing disk does.
func damage(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", stream.EventsStream, "msgs", "*.blk"))
	must(t, err)
	if len(files) != 1 {
		t.Fatalf("files of the stream: %q", files)
	}
	raw, err := os.ReadFile(files[0])
	must(t, err)
	// Before the text are the subject and 22 bytes, of which the first four are the record's length.
	at := bytes.Index(raw, []byte(brokenAt)) - len(stream.PackSubject("")) - 22 + 3
	raw[at] ^= 0xff
	must(t, os.WriteFile(files[0], raw, 0o600))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestMessagesFitIntoAPull(t *testing.T) {
	t.Parallel()
	for payload, want := range map[int64]int{1 << 20: 1 << 19, 8 << 20: 4 << 20, 64 << 20: 8 << 20} {
		if got := (stream.Topology{MaxPayload: payload}).MaxMessageBytes(); got != want {
			t.Errorf("max_payload %d: messages of %d, want %d", payload, got, want)
		}
	}
}
