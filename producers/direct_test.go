package producers_test

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/producers"
	"github.com/turnout/turnout/producers/internal/streamtest"
	"github.com/turnout/turnout/schemas"
)

// Events go in packs on the tenant's subject; each has its result.
func TestDirectPacks(t *testing.T) {
	t.Parallel()
	server := streamtest.Start(t, 0)
	direct := producers.NewDirect(producers.DirectConfig{Stream: server.JS, Tenant: "north", Registry: builtin(t), MaxPayload: streamtest.MaxPayload})
	raw := events(2500)
	raw[7] = json.RawMessage(`{"broken`)
	raw[8] = json.RawMessage(streamtest.Event("8", `"tenant":"south",`))
	raw[9] = json.RawMessage(strings.Replace(streamtest.Event("9", ""), "true", "1", 1))
	results, err := direct.Publish(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	want := map[int]string{7: "malformed_json", 8: "tenant_mismatch", 9: "schema"}
	for i, result := range results {
		if result.Index != i || result.Code != want[i] || (result.Status == producers.Accepted) != (want[i] == "") {
			t.Errorf("%+v", result)
		}
	}
	messages := server.Stored(t)
	if len(messages) != 3 {
		t.Errorf("%d messages", len(messages))
	}
	for _, message := range messages {
		if message.Subject != "turnout.packs.north" || message.Header.Get(stream.HeaderCount) != strconv.Itoa(len(message.Events)) {
			t.Errorf("%s %v with %d events", message.Subject, message.Header, len(message.Events))
		}
	}
	ids := server.IDs(t)
	if len(ids) != 2497 || ids["north/0"] != 1 {
		t.Errorf("%d events are stored", len(ids))
	}
}

// Packs keep to the server's max_payload, also with long events.
func TestDirectPackSize(t *testing.T) {
	t.Parallel()
	server := streamtest.Start(t, 0)
	direct := producers.NewDirect(producers.DirectConfig{Stream: server.JS, MaxPayload: 64 << 10})
	var raw []json.RawMessage
	for i := range 30 {
		raw = append(raw, json.RawMessage(streamtest.Event(strconv.Itoa(i), `"tenant":"t","subject":"`+strings.Repeat("s", 1000)+`",`)))
	}
	raw = append(raw, json.RawMessage(strings.Replace(streamtest.Event("long", `"tenant":"t",`), "m-1", strings.Repeat("m", 40<<10), 1)))
	results, err := direct.Publish(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	if last := results[30]; last.Code != schemas.CodeTooLarge || last.ID != "long" {
		t.Errorf("%+v", last)
	}
	if stored := server.Stored(t); len(stored) != 2 || len(server.IDs(t)) != 30 {
		t.Errorf("%d messages, %d events", len(stored), len(server.IDs(t)))
	}
}

// Single events, structured and binary, arrive as what was sent.
func TestDirectSingles(t *testing.T) {
	t.Parallel()
	server := streamtest.Start(t, 0)
	direct := producers.NewDirect(producers.DirectConfig{Stream: server.JS, Tenant: "north", Registry: builtin(t)})
	event, err := schemas.DecodeStructured([]byte(streamtest.Event("אורח 50%", `"subject":"a \"b\"","recordedtime":"2023-01-02T03:04:05.678+02:00","revision":3,`+
		`"reason":"typo","traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01","dataschema":"https://example.org/x",`)))
	if err != nil {
		t.Fatal(err)
	}
	voided, err := schemas.DecodeStructured([]byte(strings.Replace(streamtest.Event("v", `"voided":true,`), `,"present":true,"role":"participant","method":"desk"`, "", 1)))
	if err != nil {
		t.Fatal(err)
	}
	for _, binary := range []bool{false, true} {
		for _, one := range []*schemas.Event{event, voided} {
			if err := direct.PublishOne(t.Context(), one, binary); err != nil {
				t.Errorf("binary %v: %v", binary, err)
			}
		}
	}
	if event.Tenant != "" {
		t.Error("the caller's event was changed")
	}
	want := []string{}
	for range 2 {
		for _, one := range []*schemas.Event{event, voided} {
			bound := *one
			bound.Tenant = "north"
			want = append(want, string(bound.AppendJSON(nil)))
		}
	}
	var got []string
	for _, stored := range server.Events(t) {
		got = append(got, string(stored.AppendJSON(nil)))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, message := range server.Stored(t) {
		if message.Subject != "turnout.events.north.attendance.recorded.v1" {
			t.Error(message.Subject)
		}
	}
	wrong := *event
	wrong.Type = "attendance.guessed.v1"
	var violation *schemas.Violation
	if err := direct.PublishOne(t.Context(), &wrong, true); !errors.As(err, &violation) || violation.Pointer != "/type" {
		t.Errorf("an unknown type: %v", err)
	}
}

// Without a tenant anywhere an event is refused, rather than published for nobody.
func TestDirectNeedsTenant(t *testing.T) {
	t.Parallel()
	server := streamtest.Start(t, 0)
	direct := producers.NewDirect(producers.DirectConfig{Stream: server.JS})
	results, err := direct.Publish(t.Context(), append(events(1), json.RawMessage(streamtest.Event("b", `"tenant":"west",`))))
	if err != nil || results[0].Pointer != "/tenant" || results[0].Status != producers.Rejected || results[1].Status != producers.Accepted {
		t.Errorf("%v %+v", err, results)
	}
	if diff := cmp.Diff(map[string]int{"west/b": 1}, server.IDs(t)); diff != "" {
		t.Error(diff)
	}
}

// failing refuses the first publishes, then lets them through.
type failing struct {
	producers.Stream
	err   error
	first int64
	calls atomic.Int64
}

func (f *failing) PublishMsg(ctx context.Context, msg *nats.Msg, opts ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	if f.calls.Add(1) <= f.first {
		return nil, f.err
	}
	return f.Stream.PublishMsg(ctx, msg, opts...)
}

// A pack that is not acknowledged is sent again; what never is, is unknown.
func TestDirectRetries(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err    error
		first  int64
		status producers.Status
		cause  error
		calls  int64
	}{
		"comes back":      {nats.ErrTimeout, 2, producers.Accepted, nil, 3},
		"has room again":  {&jetstream.APIError{ErrorCode: 10077}, 2, producers.Accepted, nil, 3},
		"stays away":      {jetstream.ErrNoStreamResponse, 99, producers.Unknown, producers.ErrUnavailable, 4},
		"stays full":      {&jetstream.APIError{ErrorCode: 10047}, 99, producers.Unknown, producers.ErrFull, 4},
		"takes no longer": {&jetstream.APIError{ErrorCode: 10054}, 99, producers.Unknown, producers.ErrTooLarge, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := streamtest.Start(t, 0)
			faulty := &failing{Stream: server.JS, err: test.err, first: test.first}
			direct := producers.NewDirect(producers.DirectConfig{Stream: faulty, Tenant: "t", Attempts: 4, Backoff: quick, Timeout: time.Second})
			results, err := direct.Publish(t.Context(), events(1))
			if results[0].Status != test.status || !errors.Is(err, test.cause) || faulty.calls.Load() != test.calls {
				t.Errorf("%v after %d calls: %+v", err, faulty.calls.Load(), results)
			}
		})
	}
}
