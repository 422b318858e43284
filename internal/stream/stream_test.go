package stream_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/stream"
)

// newJetStream starts a server of its own, with the streams.
func newJetStream(t testing.TB) (jetstream.JetStream, *nats.Conn) {
	t.Helper()
	srv, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	go srv.Start()
	t.Cleanup(func() {
		srv.Shutdown()
		srv.WaitForShutdown()
	})
	if !srv.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server did not start")
	}
	nc, err := nats.Connect(srv.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.EnsureTopology(t.Context(), js, stream.Topology{MaxPayload: nc.MaxPayload()}); err != nil {
		t.Fatal(err)
	}
	return js, nc
}

func TestTopologyMayBeEnsuredAgain(t *testing.T) {
	t.Parallel()
	js, nc := newJetStream(t)
	if _, err := js.Publish(t.Context(), stream.PackSubject("acme"), []byte("{}")); err != nil {
		t.Fatal(err)
	}
	if err := stream.EnsureTopology(t.Context(), js, stream.Topology{MaxPayload: nc.MaxPayload(), MaxBytes: 1 << 20}); err != nil {
		t.Fatal(err)
	}
	events, err := js.Stream(t.Context(), stream.EventsStream)
	if err != nil {
		t.Fatal(err)
	}
	info := events.CachedInfo()
	if info.State.Msgs != 1 || info.Config.MaxBytes != 1<<20 || info.Config.Discard != jetstream.DiscardNew {
		t.Errorf("%d messages, config %+v", info.State.Msgs, info.Config)
	}
}

func TestReusedMessageIDSwallowsNothing(t *testing.T) {
	t.Parallel()
	js, _ := newJetStream(t)
	events, err := js.Stream(t.Context(), stream.EventsStream)
	if err != nil {
		t.Fatal(err)
	}
	if window := events.CachedInfo().Config.Duplicates; window > 100*time.Millisecond {
		t.Errorf("duplicates window %s", window)
	}
}

func TestDeadLetters(t *testing.T) {
	t.Parallel()
	js, _ := newJetStream(t)
	letters := stream.NewDeadLetters(js)
	put := func(tenant string, seq uint64, index int) stream.DeadLetter {
		letter := stream.DeadLetter{
			ID: stream.LetterID(seq, index), Tenant: tenant, Code: "schema", Reason: "line\r\nbreak", Pointer: "/data/person_id",
			Subject: "turnout.packs", StreamSeq: seq, Index: index, Time: time.UnixMilli(1).UTC(),
			Headers: nats.Header{"Content-Type": {"application/json"}}, Body: []byte{0xff, 0, '\n'},
		}
		if err := letters.Put(t.Context(), &letter); err != nil {
			t.Fatal(err)
		}
		return letter
	}
	first := put("acme", 7, 0)
	put("acme", 7, 1)
	put("other", 8, 0)
	put("Not A Tenant.*>", 9, 0)
	put("acme", 7, 0) // a redelivery adds nothing

	all, err := letters.List(t.Context(), "", 100, 0)
	if err != nil || len(all) != 4 {
		t.Fatalf("%d letters, %v", len(all), err)
	}
	first.Cursor = 1
	if diff := cmp.Diff(first, all[0]); diff != "" {
		t.Error(diff)
	}
	page, err := letters.List(t.Context(), "acme", 1, all[0].Cursor)
	if err != nil || len(page) != 1 || page[0].ID != "7-1" {
		t.Errorf("second page %+v, %v", page, err)
	}
	none, err := letters.List(t.Context(), "nobody", 10, 0)
	if err != nil || len(none) != 0 {
		t.Errorf("%+v, %v", none, err)
	}
	if n, err := letters.Count(t.Context(), "acme"); err != nil || n != 2 {
		t.Errorf("count %d, %v", n, err)
	}
	if err := letters.Discard(t.Context(), "7-0"); err != nil {
		t.Fatal(err)
	}
	if err := letters.Discard(t.Context(), "7-0"); err != nil {
		t.Errorf("discarding twice: %v", err)
	}
	for _, id := range []string{"7-0", "1", "*-0", ">", "7-0.x", ""} {
		if _, err := letters.Get(t.Context(), id); !errors.Is(err, stream.ErrNoDeadLetter) {
			t.Errorf("%q: %v", id, err)
		}
	}
	if n, err := letters.Count(t.Context(), ""); err != nil || n != 3 {
		t.Errorf("count %d, %v", n, err)
	}
}

// What a publisher made as long as it liked must not keep its letter out:
// the consumer would try for ever, and nothing behind it would be stored.
func TestDeadLetterOfAnySize(t *testing.T) {
	t.Parallel()
	js, _ := newJetStream(t)
	letters := stream.NewDeadLetters(js)
	letter := stream.DeadLetter{
		ID: "3-0", Tenant: "acme", Code: "schema", Reason: strings.Repeat("ж", 1<<20), Pointer: "/data/" + strings.Repeat("<", 1<<20),
		Headers: nats.Header{"X-Long": {strings.Repeat("<", 60<<10)}}, Body: bytes.Repeat([]byte{0xff}, 1<<19),
	}
	if err := letters.Put(t.Context(), &letter); err != nil {
		t.Fatal(err)
	}
	got, err := letters.Get(t.Context(), "3-0")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Body, letter.Body) || !cmp.Equal(got.Headers, letter.Headers) || !utf8.ValidString(got.Reason) {
		t.Errorf("%d bytes, %d headers, reason %.20q", len(got.Body), len(got.Headers), got.Reason)
	}
}

func TestForeignMessagesAmongTheDeadLetters(t *testing.T) {
	t.Parallel()
	js, nc := newJetStream(t)
	letters := stream.NewDeadLetters(js)
	for _, subject := range []string{"turnout.deadletters.acme.x", "turnout.deadletters.a.b.c"} {
		if _, err := nc.Request(subject, []byte("hello"), time.Second); err != nil {
			t.Fatal(err)
		}
	}
	all, err := letters.List(t.Context(), "", 10, 0)
	if err != nil || len(all) != 2 || all[0].Code != "foreign_message" || string(all[0].Body) != "hello" {
		t.Fatalf("%+v, %v", all, err)
	}
	for _, letter := range all {
		if got, err := letters.Get(t.Context(), letter.ID); err != nil || got.Subject != letter.Subject {
			t.Errorf("%+v, %v", got, err)
		}
		if err := letters.Discard(t.Context(), letter.ID); err != nil {
			t.Error(err)
		}
	}
	if n, err := letters.Count(t.Context(), ""); err != nil || n != 0 {
		t.Errorf("%d left, %v", n, err)
	}
}

func TestLockAdmitsOneAtATime(t *testing.T) {
	t.Parallel()
	js, _ := newJetStream(t)
	const workers = 4
	inside := make(chan struct{}, 1)
	results := make(chan error, workers)
	for range workers {
		go func() {
			results <- stream.WithLock(t.Context(), js, "migrations", func(context.Context) error {
				select {
				case inside <- struct{}{}:
				default:
					return errors.New("two held the lock")
				}
				<-inside
				return nil
			})
		}()
	}
	for range workers {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}

func TestLockWaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	js, _ := newJetStream(t)
	err := stream.WithLock(t.Context(), js, "x", func(ctx context.Context) error {
		waiting, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		return stream.WithLock(waiting, js, "x", func(context.Context) error { return errors.New("entered a held lock") })
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestParseSubject(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"turnout.events.acme.attendance.recorded.v1": "1 acme attendance.recorded.v1 <nil>",
		"turnout.packs":      "2   <nil>",
		"turnout.packs.acme": "3 acme  <nil>",
	}
	for subject, want := range tests {
		kind, tenant, typ, err := stream.ParseSubject(subject)
		if got := fmt.Sprint(int(kind), " ", tenant, " ", typ, " ", err); got != want {
			t.Errorf("%s: %q, want %q", subject, got, want)
		}
	}
	for _, subject := range []string{"", "turnout", "turnout.events", "turnout.events.", "turnout.events.a", "turnout.events.a.", "turnout.packs.", "turnout.packs.a.b", "turnout.packsx"} {
		if _, _, _, err := stream.ParseSubject(subject); err == nil {
			t.Errorf("%q was taken", subject)
		}
	}
}
