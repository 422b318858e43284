package backup_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/backup"
	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
)

// TestRoundTrip: tables, streams, sequences, times, headers, gaps and letters come back as they were.
func TestRoundTrip(t *testing.T) {
	from := newPlace(t)
	from.furnish()
	stop := from.consume()
	from.attendance(0, 500)
	from.nonsense("bad1")
	from.nonsense("bad2")
	from.attendance(480, 700) // some of them once more
	from.drained()
	stop()
	must(t, stream.NewDeadLetters(from.js).Discard(t.Context(), letterIDs(t, from)[0]))
	deleteMessage(t, from, 3)
	list, err := erasures.Open(t.Context(), from.js, 1)
	must(t, err)
	must(t, list.Suppress(t.Context(), "other", "r1", "delete", "somebody"))

	dir, m := from.take(nil)
	to := newPlace(t)
	summary, err := to.restore(dir)
	must(t, err)

	same(t, from, to, contents()...)
	if got := summary.Rows["events"]; got != 700 || m.Floor == 0 || summary.Again != 0 {
		t.Errorf("%d events, floor %d, %d to come again; want 700 events, a floor, and none again", got, m.Floor, summary.Again)
	}
	compareStreams(t, from, to, stream.EventsStream)
	compareStreams(t, from, to, stream.DeadLettersStream)
	if restored, err := erasures.Open(t.Context(), to.js, 1); err != nil || !restored.Holds("other", "somebody") {
		t.Errorf("the list of erased persons did not come back: %v", err)
	}

	// The pipeline goes on where it was.
	to.consume()
	to.drained()
	to.attendance(700, 710)
	to.drained()
	if got := to.ask("SELECT count() FROM facts FINAL"); got != "710" {
		t.Errorf("%s facts after going on, want 710", got)
	}
}

// TestNothingIsMissingThatIsStoredWhileTheBackupRuns: the consumer goes on, and acknowledges, after the log was read and before the stream
// is. What it stored then is in no table of the backup, and its acknowledgement must not count.
func TestNothingIsMissingThatIsStoredWhileTheBackupRuns(t *testing.T) {
	from := newPlace(t)
	from.furnish()
	from.consume()
	from.attendance(0, 200)
	from.nonsense("closed meanwhile")
	from.drained()
	closed := letterIDs(t, from)[0]
	seen := map[string]bool{}
	dir, m := from.take(func(step string, _, _ uint64) {
		if seen[step] {
			return
		}
		seen[step] = true
		switch step {
		case "reading table events":
			from.attendance(200, 300) // perhaps in the copy of the log, perhaps not
			must(t, stream.NewDeadLetters(from.js).Discard(t.Context(), closed))
			must(t, from.db.InsertDeadLetters(t.Context(), []warehouse.DeadLetter{{Tenant: "uni", ID: closed, State: warehouse.LetterDiscarded}}))
		case "reading table receipts":
			from.attendance(300, 400)
			from.nonsense("bad")
			from.drained()
		}
	})
	if m.Tables[0].Name != "events" || m.Tables[0].Rows >= 400 {
		t.Fatalf("the copy of the log has %d rows: nothing was stored behind its back, so this test tells nothing", m.Tables[0].Rows)
	}
	to := newPlace(t)
	summary, err := to.restore(dir)
	must(t, err)
	if summary.Again == 0 {
		t.Error("nothing is delivered again")
	}
	to.consume()
	to.drained()
	same(t, from, to, contents()...)
	if got := to.ask("SELECT count() FROM facts FINAL"); got != "400" {
		t.Errorf("%s facts, want 400", got)
	}
	if letters := letterIDs(t, to); len(letters) != 1 || letters[0] == closed {
		t.Errorf("dead letters %v, want one, and not %s", letters, closed)
	}
}

// TestTrimmedStream: what the stream no longer has stays in the log.
func TestTrimmedStream(t *testing.T) {
	from := newPlace(t)
	from.furnish()
	stop := from.consume()
	from.attendance(0, 400)
	from.drained()
	stop()
	events, err := from.js.Stream(t.Context(), stream.EventsStream)
	must(t, err)
	must(t, events.Purge(t.Context(), jetstream.WithPurgeKeep(2)))

	dir, _ := from.take(nil)
	to := newPlace(t)
	_, err = to.restore(dir)
	must(t, err)
	compareStreams(t, from, to, stream.EventsStream)
	to.consume()
	to.drained()
	same(t, from, to, contents()...)

	// With nothing left at all the sequences still go on.
	must(t, events.Purge(t.Context()))
	dir, _ = from.take(nil)
	bare := newPlace(t)
	_, err = bare.restore(dir)
	must(t, err)
	compareStreams(t, from, bare, stream.EventsStream)
	bare.consume()
	bare.drained()
	bare.attendance(400, 401)
	bare.drained()
	if got := bare.ask("SELECT max(stream_seq) FROM events"); got != "9" {
		t.Errorf("the next message has the sequence %s, want 9", got)
	}
}

// TestOlderWarehouse: a backup without a column and a migration that this program has.
func TestOlderWarehouse(t *testing.T) {
	from := storedPlace(t)
	dir, m := from.take(nil)
	promoted := from.registry.PromotedColumns()
	if len(promoted) == 0 || !strings.Contains(strings.Join(m.Tables[0].Columns, " "), promoted[0].Name) {
		t.Fatal("no promoted column is in the backup: this test tells nothing")
	}
	backup.Reseal(t, dir, func(m *backup.Manifest) {
		delete(m.Migrations, "0006_rollups")
		var kept []string
		for _, column := range m.Tables[0].Columns {
			if column != promoted[0].Name {
				kept = append(kept, column)
			}
		}
		m.Tables[0].Columns = kept
	})
	to := newPlace(t)
	_, err := to.restore(dir)
	must(t, err)
	same(t, from, to, contents()...)
}

func letterIDs(t *testing.T, p *place) []string {
	t.Helper()
	letters, err := stream.NewDeadLetters(p.js).List(t.Context(), "", 10, 0)
	must(t, err)
	ids := make([]string, len(letters))
	for i := range letters {
		ids[i] = letters[i].ID
	}
	return ids
}

func deleteMessage(t *testing.T, p *place, seq uint64) {
	t.Helper()
	events, err := p.js.Stream(t.Context(), stream.EventsStream)
	must(t, err)
	must(t, events.SecureDeleteMsg(t.Context(), seq))
}

// compareStreams compares every message, and the sequences at both ends.
func compareStreams(t *testing.T, a, b *place, name string) {
	t.Helper()
	before, err := a.js.Stream(t.Context(), name)
	must(t, err)
	after, err := b.js.Stream(t.Context(), name)
	must(t, err)
	old, now := before.CachedInfo().State, after.CachedInfo().State
	if old.FirstSeq != now.FirstSeq || old.LastSeq != now.LastSeq || old.Msgs != now.Msgs {
		t.Fatalf("stream %s: %d messages %d to %d before, %d messages %d to %d after", name, old.Msgs, old.FirstSeq, old.LastSeq, now.Msgs, now.FirstSeq, now.LastSeq)
	}
	for seq := old.FirstSeq; seq <= old.LastSeq; seq++ {
		was, errWas := before.GetMsg(t.Context(), seq)
		is, errIs := after.GetMsg(t.Context(), seq)
		if (errWas == nil) != (errIs == nil) {
			t.Errorf("stream %s, message %d: %v before, %v after", name, seq, errWas, errIs)
			continue
		}
		if errWas != nil {
			continue
		}
		if was.Subject != is.Subject || !bytes.Equal(was.Data, is.Data) || !was.Time.Equal(is.Time) || len(was.Header) != len(is.Header) {
			t.Errorf("stream %s, message %d differs", name, seq)
		}
	}
}

// TestErasedPersonsDoNotComeBack: somebody was erased after the backup was taken, and the current list is given to the restore.
func TestErasedPersonsDoNotComeBack(t *testing.T) {
	from := newPlace(t)
	from.furnish()
	stop := from.consume()
	from.attendance(0, 100)
	from.publish(stream.EventSubject("uni", "attendance.recorded.v1"),
		`{"specversion":"1.0","id":"odd","source":"/desk","type":"attendance.recorded.v1","time":"2024-03-01T18:00:00Z","data":{"person_id":"p7"}}`)
	from.drained()
	stop()
	dir, m := from.take(nil)
	if len(letterIDs(t, from)) != 1 {
		t.Fatal("there is no dead letter of the person: this test tells less than it says")
	}
	list, err := erasures.Open(t.Context(), from.js, 1)
	must(t, err)
	must(t, list.Suppress(t.Context(), "uni", "r1", "delete", "p7"))
	var file bytes.Buffer
	must(t, list.Dump(t.Context(), &file))

	to := newPlace(t)
	target := to.target()
	target.Suppressed = &file
	summary, err := backup.Restore(t.Context(), target, dir, m)
	must(t, err)
	if summary.Suppressed != 1 || summary.Removed.Log != 1 {
		t.Errorf("%d persons added to the list, %d rows removed from the log; want 1 and 1", summary.Suppressed, summary.Removed.Log)
	}
	absent := func(when string) {
		t.Helper()
		for _, table := range []string{"events", "facts"} {
			if got := to.ask("SELECT (count(), countIf(person = 'p7' OR data LIKE '%\"p7\"%')) FROM " + table + " FINAL"); got != "(99,0)" {
				t.Errorf("%s, %s has (rows, rows of the person) %s, want (99,0)", when, table, got)
			}
		}
		if letters := letterIDs(t, to); len(letters) != 0 {
			t.Errorf("%s, the dead letters %v are there", when, letters)
		}
		if at := holding(t, to, `"p7"`); len(at) != 0 {
			t.Errorf("%s, the messages %v of the stream hold the person", when, at)
		}
	}
	absent("after the restore")
	to.consume()
	to.drained()
	absent("when the consumer has gone on")
	to.attendance(0, 100) // a publisher sends everything again
	to.drained()
	for _, table := range []string{"events", "facts"} {
		if got := to.ask("SELECT countIf(person = 'p7') FROM " + table + " FINAL"); got != "0" {
			t.Errorf("a second publishing brought the person back into %s", table)
		}
	}
}

// holding lists the messages of EVENTS with a text in them.
func holding(t *testing.T, p *place, text string) []uint64 {
	t.Helper()
	events, err := p.js.Stream(t.Context(), stream.EventsStream)
	must(t, err)
	state := events.CachedInfo().State
	var found []uint64
	for seq := state.FirstSeq; seq <= state.LastSeq; seq++ {
		msg, err := events.GetMsg(t.Context(), seq)
		if err == nil && bytes.Contains(msg.Data, []byte(text)) {
			found = append(found, seq)
		}
	}
	return found
}
