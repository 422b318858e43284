package stream_test

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/schemas"
)

func TestFollow(t *testing.T) {
	t.Parallel()
	_, nc := newJetStream(t)
	heard := make(chan stream.Announcement, 10)
	stop, err := stream.NewAnnouncements(nc).Follow(t.Context(), "a", func(a stream.Announcement) { heard <- a })
	if err != nil {
		t.Fatal(err)
	}
	for subject, body := range map[string]string{
		"turnout.stored.b": `{"tenant":"b","events":1}`,
		"turnout.stored.a": `{"tenant":"a","stream_seq":[1,2],"events":2}`,
	} {
		for _, sent := range []string{"{", `{"tenant":"someone-else"}`, body} {
			if err := nc.Publish(subject, []byte(sent)); err != nil {
				t.Fatal(err)
			}
		}
	}
	select {
	case a := <-heard:
		if a.Tenant != "a" || a.Events != 2 || a.StreamSeq != [2]uint64{1, 2} {
			t.Errorf("%+v", a)
		}
	case <-time.After(time.Minute):
		t.Fatal("nothing was heard")
	}
	stop()
	if n := nc.NumSubscriptions(); n > 1 { // one is JetStream's own
		t.Errorf("%d subscriptions are left", n)
	}
}

func TestSampleIsBounded(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ events, size, kept int }{
		"few": {3, 10, 3}, "many": {80, 10, stream.MaxSample}, "long": {80, 2000, 32}, "too long": {2, 70_000, 0}, "none": {0, 0, 0},
	} {
		a := stream.Announcement{}
		for i := range test.events {
			a.Sample = append(a.Sample, stream.Envelope{Subject: strings.Repeat("s", test.size), Type: strconv.Itoa(i)})
		}
		a.Bound()
		if len(a.Sample) != test.kept || (test.kept > 0 && a.Sample[test.kept-1].Type != strconv.Itoa(test.events-1)) {
			t.Errorf("%s: %d are kept", name, len(a.Sample))
		}
	}
}

// TestAnnouncementIsAsDescribed holds an announcement against the AsyncAPI document's schema.
func TestAnnouncementIsAsDescribed(t *testing.T) {
	t.Parallel()
	registry, err := schemas.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	text, err := schemas.AsyncAPI(registry)
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("asyncapi.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("asyncapi.json#/components/messages/stored/payload")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC()
	body, err := json.Marshal(stream.Announcement{
		Tenant: "a", StreamSeq: [2]uint64{1, 2}, Events: 1, Types: map[string]int{"attendance.recorded.v1": 1}, At: now, Sample: []stream.Envelope{{Type: "attendance.recorded.v1", Time: now}},
	})
	if err != nil {
		t.Fatal(err)
	}
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(instance); err != nil {
		t.Error(err)
	}
}
