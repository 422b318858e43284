package gateway_test

import (
	"net/http"
	"testing"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
	"github.com/cloudevents/sdk-go/v2/event"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
	"github.com/google/go-cmp/cmp"
)

func sdkEvent(tb testing.TB, id string) event.Event {
	tb.Helper()
	e := cloudevents.NewEvent()
	e.SetID(id)
	e.SetSource("/sdk")
	e.SetType("attendance.recorded.v1")
	e.SetTime(time.Date(2022, 5, 27, 18, 0, 0, 123_000_000, time.FixedZone("", 3*3600)))
	e.SetExtension("tenant", "north")
	e.SetExtension("revision", 2)
	data := map[string]any{"gathering_id": "m-1", "person_id": "p-" + id, "present": true, "role": "host", "method": "qr"}
	if err := e.SetData(cloudevents.ApplicationJSON, data); err != nil {
		tb.Fatal(err)
	}
	return e
}

// The CloudEvents SDK for Go is understood in all three modes, and each stores the same.
func TestGoSDK(t *testing.T) {
	t.Parallel()
	h := start(t, nil)
	client, err := cloudevents.NewClientHTTP(cloudevents.WithTarget(h.url))
	if err != nil {
		t.Fatal(err)
	}
	for id, force := range map[string]binding.Encoding{"structured": binding.EncodingStructured, "binary אורח": binding.EncodingBinary} {
		ctx := binding.WithForceStructured(t.Context())
		if force == binding.EncodingBinary {
			ctx = binding.WithForceBinary(t.Context())
		}
		result := client.Send(ctx, sdkEvent(t, id))
		if !cloudevents.IsACK(result) {
			t.Errorf("%s: %v", id, result)
		}
	}
	batch := []event.Event{sdkEvent(t, "batch-1"), sdkEvent(t, "batch-2")}
	request, err := cehttp.NewHTTPRequestFromEvents(t.Context(), h.url, batch)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if got := readAnswer(t, response); got.status != http.StatusAccepted || got.report.Accepted != 2 {
		t.Errorf("batch: %+v", got)
	}
	want := map[string]int{"north/structured": 1, "north/binary אורח": 1, "north/batch-1": 1, "north/batch-2": 1}
	if diff := cmp.Diff(want, h.IDs(t)); diff != "" {
		t.Error(diff)
	}
	for _, stored := range h.Events(t) {
		if stored.Revision != 2 || stored.Time.Format(time.RFC3339Nano) != "2022-05-27T15:00:00.123Z" || stored.Source != "/sdk" {
			t.Errorf("stored %+v", stored)
		}
	}
}

// A refused event comes back to the SDK as refused.
func TestGoSDKIsRefused(t *testing.T) {
	t.Parallel()
	h := start(t, nil)
	client, err := cloudevents.NewClientHTTP(cloudevents.WithTarget(h.url))
	if err != nil {
		t.Fatal(err)
	}
	wrong := sdkEvent(t, "x")
	wrong.SetType("attendance.guessed.v1")
	result := client.Send(t.Context(), wrong)
	var status *cehttp.Result
	if cloudevents.IsACK(result) || !cloudevents.ResultAs(result, &status) || status.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("result %v", result)
	}
}
