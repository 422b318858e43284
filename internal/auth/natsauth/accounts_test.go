package natsauth_test

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/turnout/turnout/internal/auth"
)

// flushed waits until the server has done what the connection asked for.
func flushed(t testing.TB, conns ...*nats.Conn) {
	t.Helper()
	for _, conn := range conns {
		if err := conn.Flush(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNoReplySubjectReachesTheOthers names subjects of the pipeline and of another tenant
// as the ones to acknowledge to: the server must not write there.
func TestNoReplySubjectReachesTheOthers(t *testing.T) {
	h := newHouse(t)
	internal := h.internal(t)
	stream := h.stream(t, internal)
	text, _ := h.key(t, "alumni", auth.Publish, auth.Read)
	everywhere, _ := h.key(t, "", auth.Publish)
	watch, err := internal.SubscribeSync(">")
	if err != nil {
		t.Fatal(err)
	}
	flushed(t, internal)
	// $JS.ACK is missing: the server drops a message that asks for a reply there.
	others := []string{"turnout.events.davis.member.left.v1", "turnout.packs", "turnout.packs.davis"}
	targets := []string{
		"turnout.deadletters.davis.1", "$KV.turnout-tenants.davis", "$JS.API.STREAM.PURGE.EVENTS", "_INBOX.someone", "turnout.stored.davis",
	}
	sent := uint64(0)
	for key, targets := range map[string][]string{
		text: append(others, targets...), everywhere: targets, // which may publish to the others anyway
	} {
		conn, told := h.connect(t, nats.UserInfo("", key))
		for _, target := range targets {
			if err := conn.PublishRequest("turnout.events.alumni.member.left.v1", target, []byte(target)); err != nil {
				t.Fatal(err)
			}
			sent++
		}
		// The acknowledgement of a last, ordinary message comes after those of the others.
		if _, err := conn.Request("turnout.events.alumni.member.left.v1", []byte("last"), 5*time.Second); err != nil {
			t.Errorf("publish: %v, %v", err, len(told))
		}
		sent++
	}
	info, err := stream.StreamInfo("EVENTS")
	if err != nil {
		t.Fatal(err)
	}
	if info.State.Msgs != sent {
		t.Errorf("%d messages are stored, want %d: an acknowledgement became an event, or one was lost", info.State.Msgs, sent)
	}
	flushed(t, internal)
	for {
		message, err := watch.NextMsg(100 * time.Millisecond)
		if err != nil {
			break
		}
		for _, target := range append(others, targets...) {
			if message.Subject == target {
				t.Errorf("the server wrote %q to %s", message.Data, target)
			}
		}
	}
}

func TestTenantsHearOnlyTheirOwn(t *testing.T) {
	h := newHouse(t)
	internal := h.internal(t)
	h.stream(t, internal)
	hears := map[string]*nats.Subscription{}
	for _, tenant := range []string{"alumni", "davis"} {
		text, _ := h.key(t, tenant, auth.Read)
		conn, _ := h.connect(t, nats.UserInfo("", text))
		for _, subject := range []string{"turnout.stored." + tenant, "_INBOX.>"} {
			subscription, err := conn.SubscribeSync(subject)
			if err != nil {
				t.Fatal(err)
			}
			hears[tenant+" "+subject] = subscription
		}
		flushed(t, conn)
	}
	for _, subject := range []string{"turnout.stored.alumni", "_INBOX.a.b"} {
		if err := internal.Publish(subject, []byte(subject)); err != nil {
			t.Fatal(err)
		}
	}
	flushed(t, internal)
	message, err := hears["alumni turnout.stored.alumni"].NextMsg(5 * time.Second)
	if err != nil || string(message.Data) != "turnout.stored.alumni" {
		t.Fatalf("a tenant does not hear its own announcement: %v", err)
	}
	for name, subscription := range hears {
		if message, err := subscription.NextMsg(50 * time.Millisecond); err == nil {
			t.Errorf("%s hears %q", name, message.Data)
		}
	}
}

// BenchmarkPublish compares a tenant's client, whose acknowledgements go from account to
// account, with one of the pipeline's own.
func BenchmarkPublish(b *testing.B) {
	h := newHouse(b)
	internal := h.internal(b)
	h.stream(b, internal)
	text, _ := h.key(b, "alumni", auth.Publish)
	tenant, _ := h.connect(b, nats.UserInfo("", text))
	for name, conn := range map[string]*nats.Conn{"own": internal, "tenant": tenant} {
		b.Run(name, func(b *testing.B) {
			js, err := conn.JetStream(nats.PublishAsyncMaxPending(4000))
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := js.PublishAsync("turnout.events.alumni.member.left.v1", []byte(`{"specversion":"1.0"}`), nats.StallWait(time.Minute)); err != nil {
					b.Fatal(err)
				}
			}
			select {
			case <-js.PublishAsyncComplete():
			case <-time.After(time.Minute):
				b.Fatal("not all was acknowledged within a minute")
			}
		})
	}
}
