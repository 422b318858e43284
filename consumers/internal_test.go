package consumers

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/schemas"
)

func TestValidateConfig(t *testing.T) {
	t.Parallel()
	if err := (&Config{}).Validate(); err == nil {
		t.Error("an empty configuration was taken")
	}
	if _, err := New(Config{MaxRows: -1}); err == nil {
		t.Error("a negative limit was taken")
	}
}

// FuzzLetter: whatever lies in a message, it becomes rows or dead letters, all of it, and a dead letter can be reviewed.
func FuzzLetter(f *testing.F) {
	registry, err := schemas.Builtin()
	if err != nil {
		f.Fatal(err)
	}
	example, ok := registry.Type("attendance.recorded.v1")
	if !ok {
		f.Fatal("no such type")
	}
	f.Add("turnout.events.acme.attendance.recorded.v1", stream.MediaStructured, "", []byte(`{"specversion":"1.0","id":"a","data":[]}`))
	f.Add("turnout.packs", stream.MediaLines, "", []byte("{\"a\":1}\n{\"tenant\":\"x\"}\n\n[]"))
	f.Add("turnout.packs.acme", stream.MediaBatch, "", []byte(`[{"tenant":5},null]`))
	f.Add("turnout.events.acme.attendance.recorded.v1", stream.MediaJSON, "1.0", []byte(example.Examples[0]))
	f.Add("turnout.packs.acme", stream.MediaLines, "", []byte("null\n{\"data\":null}\n{\"id\":1,\"id\":2}"))
	f.Fuzz(func(t *testing.T, subject, media, specversion string, body []byte) {
		header := nats.Header{stream.HeaderContentType: {media}}
		if specversion != "" {
			header["ce-specversion"] = []string{specversion}
		}
		b := newBatch(registry.PromotedColumns(), 0, time.Time{})
		d := &delivery{subject: subject, header: header, seq: 7, received: time.UnixMilli(1)}
		arrived := string(body)
		defer func() {
			if string(body) != arrived {
				t.Errorf("%q was changed to %q", arrived, body)
			}
		}()
		incoming := stream.Explode(subject, header, body)
		for i := range incoming {
			b.take(registry, &incoming[i], d)
		}
		if len(incoming) == 0 || b.rows.Len()+len(b.letters) != len(incoming) || len(b.origins) != b.rows.Len() {
			t.Fatalf("%d events, %d rows, %d letters", len(incoming), b.rows.Len(), len(b.letters))
		}
		reviewer := NewReviewer(nil, nil, nil, nil, registry)
		for i := range b.letters {
			for _, corrections := range []map[string]any{nil, {"data.role": "host", "time": "2022-05-27T18:00:00Z"}} {
				_, err := reviewer.replay(t.Context(), &b.letters[i], &ReplayRequest{Set: corrections, DryRun: true})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
