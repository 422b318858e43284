package gateway_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/producers"
	"github.com/turnout/turnout/producers/gateway"
	"github.com/turnout/turnout/producers/internal/streamtest"
)

// memoryStream keeps what is published; it always acknowledges.
type memoryStream struct{ messages []*nats.Msg }

func (m *memoryStream) PublishMsg(_ context.Context, msg *nats.Msg, _ ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	m.messages = append(m.messages, msg)
	return &jetstream.PubAck{Stream: stream.EventsStream, Sequence: uint64(len(m.messages))}, nil
}

// Whatever arrives: no panic, an answer of a known kind, and exactly the accepted events in the stream.
func FuzzRequest(f *testing.F) {
	event := streamtest.Event("a", "")
	for _, media := range []string{structured, batched, ndjson, "application/json", "text/plain", ""} {
		for _, body := range []string{event, "[" + event + "]", event + "\n{", binaryData, "", "[", "[,]", "\x1f\x8b\x08"} {
			f.Add(media, "", "a", "", []byte(body))
			f.Add(media, "gzip", `"%41`, "tenant=north", []byte(body))
		}
	}
	registry := builtin(f)
	f.Fuzz(func(t *testing.T, media, encoding, id, query string, body []byte) {
		memory := &memoryStream{}
		g := gateway.New(gateway.Config{Stream: memory, Registry: registry})
		if err := g.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		request := httptest.NewRequest(http.MethodPost, "/v1/events", bytes.NewReader(body))
		request.URL.RawQuery = query
		request.Header.Set("Content-Type", media)
		if encoding != "" {
			request.Header.Set("Content-Encoding", encoding)
		}
		if id != "" {
			for name, value := range binaryHeaders(map[string]string{"ce-id": id}) {
				request.Header.Set(name, value)
			}
		}
		recorder := httptest.NewRecorder()
		g.ServeHTTP(recorder, request.WithContext(auth.With(request.Context(), auth.Everyone())))
		if err := g.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		checkAnswer(t, recorder.Result(), memory)
	})
}

func checkAnswer(t *testing.T, response *http.Response, memory *memoryStream) {
	t.Helper()
	got := readAnswer(t, response)
	var stored []string
	for _, msg := range memory.messages {
		for _, incoming := range stream.Explode(msg.Subject, msg.Header, msg.Data) {
			if incoming.Err != nil {
				t.Fatalf("stored what cannot be read: %v: %s", incoming.Err, incoming.Raw)
			}
			stored = append(stored, incoming.Event.ID)
		}
	}
	var accepted []string
	for i, result := range got.report.Results {
		if result.Index != i {
			t.Errorf("result %d has the index %d", i, result.Index)
		}
		if result.Status == producers.Accepted {
			accepted = append(accepted, result.ID)
		}
	}
	if len(accepted) != len(stored) || got.report.Accepted != len(accepted) || got.report.Accepted+got.report.Rejected != len(got.report.Results) {
		t.Fatalf("accepted %q, stored %q, report %+v", accepted, stored, got.report)
	}
	for i := range stored {
		if stored[i] != accepted[i] {
			t.Errorf("accepted %q, stored %q", accepted, stored)
		}
	}
	switch got.status {
	case http.StatusAccepted:
	case http.StatusUnprocessableEntity:
		if got.report.Accepted != 0 || got.report.Rejected == 0 {
			t.Errorf("422 with %+v", got.report)
		}
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType:
		if got.problem.Code == "" || got.problem.Detail == "" {
			t.Errorf("%d without a reason", got.status)
		}
	default:
		t.Errorf("status %d", got.status)
	}
}
