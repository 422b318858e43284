package consumers_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"

	"github.com/turnout/turnout/consumers/consumerstest"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
)

// listen hears the announcements for every tenant.
func (h *harness) listen() <-chan stream.Announcement {
	h.T.Helper()
	heard := make(chan stream.Announcement, 100)
	_, err := h.JS.Conn().Subscribe("turnout.stored.*", func(msg *nats.Msg) {
		var a stream.Announcement
		if err := json.Unmarshal(msg.Data, &a); err != nil || msg.Subject != "turnout.stored."+a.Tenant {
			h.T.Errorf("%s: %s: %v", msg.Subject, msg.Data, err)
		}
		heard <- a
	})
	consumerstest.Must(h.T, err)
	consumerstest.Must(h.T, h.JS.Conn().Flush())
	return heard
}

func next(t testing.TB, heard <-chan stream.Announcement) stream.Announcement {
	t.Helper()
	select {
	case a := <-heard:
		return a
	case <-time.After(90 * time.Second):
		t.Fatal("nothing was announced")
		return stream.Announcement{}
	}
}

// joined is what two batches tell together.
func joined(earlier, later stream.Announcement) stream.Announcement {
	if earlier.Events == 0 {
		return later
	}
	earlier.StreamSeq[1] = later.StreamSeq[1]
	earlier.Events += later.Events
	for typ, n := range later.Types {
		earlier.Types[typ] += n
	}
	earlier.Sample = append(earlier.Sample, later.Sample...)
	return earlier
}

// Whatever way events come, what of them is in the warehouse is announced once to each tenant, and nothing else is.
func TestStoredBatchesAreAnnounced(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	heard := h.listen()
	cfg := h.Config()
	cfg.Announcer = h.JS.Conn()
	cfg.Linger = 300 * time.Millisecond // both packs and the single event in one batch, on most machines
	other := attendance(t, "b1", "g1", "p1")
	other.Tenant = "other"
	left := event(t, `member.left.v1 l1 {"person_id":"p2","at":"2022-05-27T18:00:00Z","reason":"resigned"}`)
	left.Subject = "p2"
	bad := attendance(t, "bad", "g1", "p9")
	bad.Data = []byte(`{"gathering_id":"g1"}`)
	h.Publish(attendance(t, "a1", "g1", "p1"))          // 1, NATS-direct
	h.Pack(other, attendance(t, "a2", "g1", "p2"), bad) // 2
	h.Pack(left)                                        // 3
	h.Consume(cfg)
	got := map[string]stream.Announcement{}
	for told := 0; told < 4; {
		a := next(t, heard)
		if a.At.IsZero() || time.Since(a.At) > time.Hour {
			t.Errorf("stored at %s", a.At)
		}
		a.At = time.Time{}
		told += a.Events
		got[a.Tenant] = joined(got[a.Tenant], a)
	}
	at := time.Date(2022, 5, 27, 18, 0, 0, 0, time.UTC)
	attended := stream.Envelope{Type: "attendance.recorded.v1", Time: at, Source: "test", Mode: "experiential"}
	want := map[string]stream.Announcement{
		"other": {Tenant: "other", StreamSeq: [2]uint64{2, 2}, Events: 1, Types: map[string]int{"attendance.recorded.v1": 1}, Sample: []stream.Envelope{attended}},
		"acme": {
			Tenant: "acme", StreamSeq: [2]uint64{1, 3}, Events: 3, Types: map[string]int{"attendance.recorded.v1": 2, "member.left.v1": 1},
			Sample: []stream.Envelope{attended, attended, {Type: "member.left.v1", Time: at, Source: "test", Subject: "p2"}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("announced (-want +got):\n%s", diff)
	}
	h.Drained()
	if len(heard) > 0 {
		t.Errorf("announced again: %+v", <-heard)
	}
}

// An announcement does not grow with its batch, nor counts what the warehouse refused.
func TestAnnouncementsAreBounded(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	heard := h.listen()
	cfg := h.Config()
	cfg.Announcer, cfg.Linger = h.JS.Conn(), 300*time.Millisecond
	cfg.Warehouse = &faulty{DB: h.DB, events: func(rows *warehouse.Rows) error {
		for i := range rows.Len() {
			if _, _, _, id := rows.At(i); id == "a0-7" {
				return &clickhouse.Exception{Code: 27, Message: "cannot parse"}
			}
		}
		return nil
	}}
	events := packOf(t, 0, 400)
	for i, e := range events {
		e.Subject = fmt.Sprint("s", i)
	}
	h.Pack(events...)
	h.Consume(cfg)
	a := next(t, heard)
	if a.Events != 399 || a.Types["attendance.recorded.v1"] != 399 || len(a.Sample) != stream.MaxSample || a.Sample[stream.MaxSample-1].Subject != "s399" || a.Sample[0].Subject != "s350" {
		t.Errorf("%+v", a)
	}
	h.Drained()
}

// mute cannot announce.
type mute struct{}

func (mute) Publish(string, []byte) error { return errors.New("no connection") }

func TestStoringDoesNotWaitForAnnouncements(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	cfg := h.Config()
	cfg.Announcer = mute{}
	h.Consume(cfg)
	h.Publish(attendance(t, "a1", "g1", "p1"), attendance(t, "a2", "g1", "p2"))
	h.Drained()
	h.Expect("SELECT count() FROM attendance", "2")
}
