package stream_test

import (
	"fmt"
	"testing"

	"github.com/turnout/turnout/internal/stream"
)

func version(t *testing.T, dirty *stream.Dirty, tenant string) stream.Version {
	t.Helper()
	v, err := dirty.Version(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestEveryTouchRaisesTheVersionOfItsCommunityOnly(t *testing.T) {
	t.Parallel()
	js, _ := newJetStream(t)
	dirty := stream.NewDirty(js)
	if v := version(t, dirty, "acme"); !v.IsZero() || v.String() != "0" {
		t.Errorf("nothing was noted, yet the version is %s", v)
	}
	if err := dirty.Touch(t.Context(), "acme", "other"); err != nil {
		t.Fatal(err)
	}
	first, other := version(t, dirty, "acme"), version(t, dirty, "other")
	for range 3 {
		if err := dirty.Touch(t.Context(), "acme"); err != nil {
			t.Fatal(err)
		}
		next := version(t, dirty, "acme")
		if next == first || next.UInt128().Cmp(first.UInt128()) <= 0 {
			t.Fatalf("%s does not follow %s", next, first)
		}
		first = next
	}
	if again := version(t, dirty, "other"); again != other {
		t.Errorf("a note for acme moved other from %s to %s", other, again)
	}
}

func TestOneNoteACommunityIsKept(t *testing.T) {
	t.Parallel()
	js, _ := newJetStream(t)
	dirty := stream.NewDirty(js)
	tenants := make([]string, 0, 600) // more than are under way at once
	for i := range 300 {
		name := "t" + string(rune('a'+i%26)) + string(rune('a'+i/26))
		tenants = append(tenants, name, name)
	}
	if err := dirty.Touch(t.Context(), append(tenants, "", "_", "Not A Tenant.*>")...); err != nil {
		t.Fatal(err)
	}
	notes, err := js.Stream(t.Context(), stream.DirtyStream)
	if err != nil {
		t.Fatal(err)
	}
	if kept := notes.CachedInfo().State.Msgs; kept != 300 {
		t.Errorf("%d notes of 300 communities; what names none must not be noted", kept)
	}
}

// Many notes go together, or not at all: a batch that the server does not take goes note by note.
func TestManyNotesAreKeptWhetherTheServerTakesThemTogetherOrNot(t *testing.T) {
	t.Parallel()
	js, _ := newJetStream(t)
	dirty := stream.NewDirty(js)
	notes, err := js.Stream(t.Context(), stream.DirtyStream)
	if err != nil {
		t.Fatal(err)
	}
	config := notes.CachedInfo().Config
	for round, together := range []bool{true, false} {
		config.AllowAtomicPublish = together
		if _, err := js.UpdateStream(t.Context(), config); err != nil {
			t.Fatal(err)
		}
		names := make([]string, 700)
		for i := range names {
			names[i] = fmt.Sprint("t", i)
		}
		if err := dirty.Touch(t.Context(), names...); err != nil {
			t.Fatal(err)
		}
		info, err := notes.Info(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if want := uint64(700 * (round + 1)); info.State.Msgs != 700 || info.State.LastSeq != want {
			t.Errorf("together %t: %d notes, the last is %d, want 700 and %d", together, info.State.Msgs, info.State.LastSeq, want)
		}
		kept, err := notes.GetLastMsgForSubject(t.Context(), stream.DirtySubject("t699"))
		if err != nil {
			t.Fatal(err)
		}
		if batched := kept.Header.Get("Nats-Batch-Id") != ""; batched != together {
			t.Errorf("together %t: the note came in a batch: %t", together, batched)
		}
	}
}

// A stream that was lost and made anew starts counting at one; what was computed under the old one must not win for that.
func TestAStreamMadeAnewLosesToNothingOld(t *testing.T) {
	t.Parallel()
	js, nc := newJetStream(t)
	dirty := stream.NewDirty(js)
	for range 5 {
		if err := dirty.Touch(t.Context(), "acme"); err != nil {
			t.Fatal(err)
		}
	}
	old := version(t, dirty, "acme")
	if err := js.DeleteStream(t.Context(), stream.DirtyStream); err != nil {
		t.Fatal(err)
	}
	if err := dirty.Touch(t.Context(), "acme"); err == nil {
		t.Error("a note that nobody keeps was taken for noted")
	}
	if err := stream.EnsureTopology(t.Context(), js, stream.Topology{MaxPayload: nc.MaxPayload()}); err != nil {
		t.Fatal(err)
	}
	if err := dirty.Touch(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	anew := version(t, dirty, "acme")
	if anew.Seq >= old.Seq || anew.UInt128().Cmp(old.UInt128()) <= 0 {
		t.Errorf("%+v after %+v", anew, old)
	}
}

func BenchmarkDirtyVersion(b *testing.B) {
	js, _ := newJetStream(b)
	dirty := stream.NewDirty(js)
	if err := dirty.Touch(b.Context(), "acme"); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := dirty.Version(b.Context(), "acme"); err != nil {
			b.Fatal(err)
		}
	}
}
