package e2e_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
	"github.com/cloudevents/sdk-go/v2/event"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
	"github.com/google/go-cmp/cmp"
)

// attended reads how many persons a tenant's gathering had, by the attendance report.
func (h *house) attended(tenant string) (any, error) {
	rows := h.rows("attendance", "tenant="+tenant)
	if len(rows) != 1 {
		return nil, fmt.Errorf("%d rows", len(rows))
	}
	return rows[0]["attended"], nil
}

// hasAttended waits until the tenant's one gathering counts so many persons.
func (h *house) hasAttended(tenant string, want float64) {
	h.t.Helper()
	eventually(h.t, time.Minute, "the attendance to be counted", func() error {
		got, err := h.attended(tenant)
		if err == nil && got != want {
			err = fmt.Errorf("attended %v, want %v", got, want)
		}
		return err
	})
}

// TestGoSDK publishes with the CloudEvents SDK for Go in all three modes.
func TestGoSDK(t *testing.T) {
	t.Parallel()
	h := open(t)
	made := func(id string) event.Event {
		e := cloudevents.NewEvent()
		e.SetID(id)
		e.SetSource("/go")
		e.SetType("attendance.recorded.v1")
		e.SetTime(time.Date(2024, 3, 1, 18, 0, 0, 0, time.UTC))
		e.SetExtension("tenant", "go")
		err := e.SetData(cloudevents.ApplicationJSON, map[string]any{
			"gathering_id": "g-go", "person_id": "p-" + id, "present": true, "role": "participant", "method": "qr",
		})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	target := h.endpoints.HTTP + "/v1/events"
	client, err := cloudevents.NewClientHTTP(cloudevents.WithTarget(target))
	if err != nil {
		t.Fatal(err)
	}
	if result := client.Send(binding.WithForceStructured(t.Context()), made("structured")); !cloudevents.IsACK(result) {
		t.Errorf("structured: %v", result)
	}
	if result := client.Send(binding.WithForceBinary(t.Context()), made("binary")); !cloudevents.IsACK(result) {
		t.Errorf("binary: %v", result)
	}
	request, err := cehttp.NewHTTPRequestFromEvents(t.Context(), target, []event.Event{made("batch-1"), made("batch-2")})
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusAccepted {
		t.Errorf("batch: %s", response.Status)
	}
	h.hasAttended("go", 4)
}

// TestJavaScriptClients publishes with the CloudEvents SDK for JavaScript in all
// three modes and with the NATS client directly; see clients/publish.mjs.
func TestJavaScriptClients(t *testing.T) {
	t.Parallel()
	install := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	install.Dir = "clients"
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("install the client libraries: %v\n%s", err, out)
	}
	h := open(t)
	publish := exec.CommandContext(t.Context(), "node", "publish.mjs", h.endpoints.HTTP, h.endpoints.NATS, "js")
	publish.Dir = "clients"
	var stdout, stderr strings.Builder
	publish.Stdout, publish.Stderr = &stdout, &stderr
	if err := publish.Run(); err != nil {
		t.Fatalf("publish: %v\n%s%s", err, stdout.String(), stderr.String())
	}
	type answer struct {
		How      string `json:"how"`
		Status   int    `json:"status"`
		Accepted int    `json:"accepted"`
		Rejected int    `json:"rejected"`
		Stream   string `json:"stream"`
	}
	var got []answer
	for lines := bufio.NewScanner(strings.NewReader(stdout.String())); lines.Scan(); {
		var a answer
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		got = append(got, a)
	}
	want := []answer{
		{How: "structured", Status: 202, Accepted: 1},
		{How: "binary", Status: 202, Accepted: 1},
		{How: "batch", Status: 202, Accepted: 2},
		{How: "emitted structured", Accepted: 1},
		{How: "emitted binary", Accepted: 1},
		{How: "wrong", Status: 422, Rejected: 1},
		{How: "nats structured", Stream: "EVENTS"},
		{How: "nats binary", Stream: "EVENTS"},
		{How: "nats pack", Stream: "EVENTS"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	h.hasAttended("js", 10)
	eventually(t, time.Minute, "what was no event to become a dead letter", func() error {
		status, body := h.get("/v1/deadletters?tenant=js")
		if status != http.StatusOK || strings.Count(string(body), `"id"`) != 1 {
			return fmt.Errorf("%d %s", status, body)
		}
		return nil
	})
}
