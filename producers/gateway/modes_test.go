package gateway_test

import (
	"bytes"
	"compress/gzip"
	"maps"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/turnout/turnout/producers"
	"github.com/turnout/turnout/producers/internal/streamtest"
)

const binaryData = `{"gathering_id":"m-1","person_id":"p-a","present":true,"role":"participant","method":"desk"}`

func binaryHeaders(extra map[string]string) map[string]string {
	header := map[string]string{
		"ce-specversion": "1.0", "ce-id": "a", "ce-source": "/test", "ce-type": "attendance.recorded.v1", "ce-time": "2022-05-27T18:00:00Z",
	}
	maps.Copy(header, extra)
	return header
}

// Every mode stores the same event.
func TestModes(t *testing.T) {
	t.Parallel()
	event := streamtest.Event("a", "")
	tests := map[string]call{
		"structured":              {media: structured, body: event},
		"structured, charset":     {media: structured + "; charset=UTF-8", body: event},
		"batch of one":            {media: batched, body: "[" + event + "]"},
		"binary":                  {media: "application/json", header: binaryHeaders(nil), body: binaryData},
		"binary, suffix":          {media: "application/vnd.x+json", header: binaryHeaders(nil), body: binaryData},
		"NDJSON":                  {media: ndjson, body: event},
		"NDJSON, alias, blanks":   {media: "application/jsonl", body: "\r\n" + event + "\r\n\n"},
		"gzip":                    {media: ndjson, header: map[string]string{"Content-Encoding": "gzip"}, body: gzipped(t, event)},
		"zstd":                    {media: structured, header: map[string]string{"Content-Encoding": "zstd"}, body: zstded(t, event)},
		"identity":                {media: structured, header: map[string]string{"Content-Encoding": "identity"}, body: event},
		"ce- headers beside body": {media: structured, header: map[string]string{"ce-id": "other"}, body: event},
	}
	for name, request := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := start(t, nil)
			got := h.send(t, request)
			if got.status != http.StatusAccepted {
				t.Fatalf("status %d: %+v %+v", got.status, got.problem, got.report)
			}
			want := producers.Report{Accepted: 1, Results: []producers.Result{{ID: "a", Status: producers.Accepted}}}
			if diff := cmp.Diff(want, got.report); diff != "" {
				t.Error(diff)
			}
			events := h.Events(t)
			if len(events) != 1 {
				t.Fatalf("%d events are stored", len(events))
			}
			stored := string(events[0].AppendJSON(nil))
			expected := `{"specversion":"1.0","id":"a","source":"/test","type":"attendance.recorded.v1","time":"2022-05-27T18:00:00Z",` +
				`"datacontenttype":"application/json","tenant":"default","data":{"gathering_id":"m-1","method":"desk","person_id":"p-a","present":true,"role":"participant"}}`
			if diff := cmp.Diff(expected, stored); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func gzipped(tb testing.TB, text string) string {
	tb.Helper()
	var buffer bytes.Buffer
	writer := gzip.NewWriter(&buffer)
	if _, err := writer.Write([]byte(text)); err != nil {
		tb.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		tb.Fatal(err)
	}
	return buffer.String()
}

func zstded(tb testing.TB, text string) string {
	tb.Helper()
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		tb.Fatal(err)
	}
	compressed := encoder.EncodeAll([]byte(text), nil)
	if err := encoder.Close(); err != nil {
		tb.Fatal(err)
	}
	return string(compressed)
}

// Attributes in headers are percent-encoded UTF-8; raw UTF-8 is taken as well, as Go's SDK sends it.
func TestBinaryHeaderValues(t *testing.T) {
	t.Parallel()
	h := start(t, nil)
	for sent, want := range map[string]string{
		"%D7%90%D7%95%D7%A8%D7%97-3": "אורח-3",
		"50%25":                      "50%",
		`"quoted"`:                   "quoted",
		"Ωmega":                      "Ωmega",
	} {
		got := h.send(t, call{media: "application/json", header: binaryHeaders(map[string]string{"ce-id": sent}), body: binaryData})
		if got.status != http.StatusAccepted || got.report.Results[0].ID != want {
			t.Errorf("ce-id %q: %+v, want the id %q", sent, got, want)
		}
	}
}

// One request may hold good and bad events: the good go in, each bad one is told apart.
func TestPartlyAccepted(t *testing.T) {
	t.Parallel()
	h := start(t, nil)
	body := streamtest.Event("a", "") + "\n" +
		"{broken\n" +
		`{"specversion":"1.0","id":"c","source":"/test","type":"nothing.known.v1","time":"2022-05-27T18:00:00Z","data":{}}` + "\n" +
		streamtest.Event("d", "")
	got := h.send(t, call{media: ndjson, body: body})
	if got.status != http.StatusAccepted || got.report.Accepted != 2 || got.report.Rejected != 2 || len(got.report.Results) != 4 {
		t.Fatalf("%+v", got)
	}
	for i, want := range []producers.Result{
		{Index: 0, ID: "a", Status: producers.Accepted},
		{Index: 1, ID: "", Status: producers.Rejected, Code: "malformed_json"},
		{Index: 2, ID: "c", Status: producers.Rejected, Code: "unknown_type", Pointer: "/type"},
		{Index: 3, ID: "d", Status: producers.Accepted},
	} {
		result := got.report.Results[i]
		if want.Status == producers.Rejected && (result.Detail == "" || result.Hint == "") {
			t.Errorf("result %d explains too little: %+v", i, result)
		}
		result.Detail, result.Hint = "", ""
		if want.Code == "malformed_json" {
			result.Pointer = ""
		}
		if diff := cmp.Diff(want, result); diff != "" {
			t.Error(diff)
		}
	}
	if diff := cmp.Diff(map[string]int{"default/a": 1, "default/d": 1}, h.IDs(t)); diff != "" {
		t.Error(diff)
	}
	minimal := h.send(t, call{media: ndjson, body: body, header: map[string]string{"Prefer": "return=minimal"}})
	if minimal.header.Get("Preference-Applied") != "return=minimal" || len(minimal.report.Results) != 2 || minimal.report.Accepted != 2 {
		t.Errorf("minimal answer: %+v", minimal)
	}
}

// A batch without events has nothing to refuse (CloudEvents: a liveness check may look like that).
func TestEmptyBatch(t *testing.T) {
	t.Parallel()
	h := start(t, nil)
	got := h.send(t, call{media: batched, body: " [ ] "})
	if got.status != http.StatusAccepted || got.report.Results == nil || len(got.report.Results) != 0 {
		t.Errorf("%+v", got)
	}
	if stored := h.Stored(t); len(stored) != 0 {
		t.Errorf("%d messages are stored", len(stored))
	}
}
