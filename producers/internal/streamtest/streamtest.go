// Package streamtest gives the tests of producers a real NATS server with
// JetStream on disk, whose stream EVENTS they can read back.
//
// What enters: a test. What leaves: a server of its own on a free port, stopped
// with the test. Whatever cannot be set up fails the test.
package streamtest

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/schemas"
)

const patience = time.Minute // for a busy machine; nothing waits longer than it must

// Server is a running NATS server with a connection to it.
type Server struct {
	Conn *nats.Conn
	JS   jetstream.JetStream

	nats *server.Server
	opts *server.Options
}

// MaxPayload of the server, in bytes.
const MaxPayload = 8 << 20

// Start runs a server with the stream EVENTS, of maxBytes or unbounded with 0.
func Start(tb testing.TB, maxBytes int64) *Server {
	tb.Helper()
	s := &Server{opts: &server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: tb.TempDir(),
		MaxPayload: MaxPayload, NoSigs: true, NoLog: true, SyncAlways: true,
	}}
	s.Run(tb)
	tb.Cleanup(s.Stop)
	conn, err := nats.Connect(s.nats.ClientURL(), nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(conn.Close)
	s.Conn = conn
	if s.JS, err = jetstream.New(conn); err != nil {
		tb.Fatal(err)
	}
	topology := stream.Topology{MaxBytes: maxBytes, MaxPayload: conn.MaxPayload()}
	if err := stream.EnsureTopology(tb.Context(), s.JS, topology); err != nil {
		tb.Fatal(err)
	}
	return s
}

// Run starts the server, again on its old port and folder after Stop.
func (s *Server) Run(tb testing.TB) {
	tb.Helper()
	running, err := server.NewServer(s.opts)
	if err != nil {
		tb.Fatal(err)
	}
	running.Start()
	if !running.ReadyForConnections(patience) {
		tb.Fatal("the NATS server does not start")
	}
	s.nats = running
	if address, ok := running.Addr().(*net.TCPAddr); ok {
		s.opts.Port = address.Port
	}
}

// Stop shuts the server down and waits for it.
func (s *Server) Stop() {
	s.nats.Shutdown()
	s.nats.WaitForShutdown()
}

// Message is one message of the stream, taken apart.
type Message struct {
	Subject string
	Header  nats.Header
	Events  []stream.Incoming
}

// Stored gives all messages of the stream EVENTS.
func (s *Server) Stored(tb testing.TB) []Message {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(tb.Context()), patience)
	defer cancel()
	events, err := s.JS.Stream(ctx, stream.EventsStream)
	if err != nil {
		tb.Fatal(err)
	}
	info, err := events.Info(ctx)
	if err != nil {
		tb.Fatal(err)
	}
	var messages []Message
	for seq := info.State.FirstSeq; seq <= info.State.LastSeq && seq > 0; seq++ {
		raw, err := events.GetMsg(ctx, seq)
		if err != nil {
			tb.Fatal(fmt.Errorf("read message %d: %w", seq, err))
		}
		messages = append(messages, Message{
			Subject: raw.Subject, Header: raw.Header, Events: stream.Explode(raw.Subject, raw.Header, raw.Data),
		})
	}
	return messages
}

// Events gives all events of the stream EVENTS in their order; one that cannot
// be decoded fails the test.
func (s *Server) Events(tb testing.TB) []*schemas.Event {
	tb.Helper()
	var events []*schemas.Event
	for _, message := range s.Stored(tb) {
		for _, incoming := range message.Events {
			if incoming.Err != nil {
				tb.Fatalf("stored event cannot be read: %v\n%s", incoming.Err, incoming.Raw)
			}
			events = append(events, incoming.Event)
		}
	}
	return events
}

// IDs counts the stored events by tenant/id.
func (s *Server) IDs(tb testing.TB) map[string]int {
	tb.Helper()
	counts := make(map[string]int)
	for _, event := range s.Events(tb) {
		counts[event.Tenant+"/"+event.ID]++
	}
	return counts
}

// Event writes a valid event in structured JSON. Extra is put before its data,
// such as `"tenant":"north",`.
func Event(id, extra string) string {
	return `{"specversion":"1.0","id":"` + id + `","source":"/test","type":"attendance.recorded.v1",` +
		`"time":"2022-05-27T18:00:00Z",` + extra +
		`"data":{"gathering_id":"m-1","person_id":"p-` + id + `","present":true,"role":"participant","method":"desk"}}`
}
