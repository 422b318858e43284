package e2e_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/turnout/turnout/internal/stream"
)

// TestLive follows what is stored while events come by both ways, and stops the program with the stream open.
func TestLive(t *testing.T) {
	t.Parallel()
	h := open(t)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.endpoints.HTTP+"/v1/live?tenant=a", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("live: %s", answer.Status)
	}
	lines := bufio.NewScanner(answer.Body)
	next := func(event string) string {
		t.Helper()
		named := false
		for lines.Scan() {
			named = named || lines.Text() == "event: "+event
			if data, found := strings.CutPrefix(lines.Text(), "data: "); found && named {
				return data
			}
		}
		t.Fatalf("the stream ended without %s: %v", event, lines.Err())
		return ""
	}
	next("hello")
	js := h.jetstream()
	for i, publish := range []func() error{
		func() error {
			status, body := h.do(http.MethodPost, "/v1/events", "", "application/cloudevents+json", attendanceOf("a", "over-http"))
			if status != http.StatusAccepted {
				return fmt.Errorf("%d %s", status, body)
			}
			return nil
		},
		func() error {
			_, err := js.Publish(t.Context(), stream.EventSubject("a", "attendance.recorded.v1"), []byte(attendanceOf("a", "over-nats")))
			return err
		},
	} {
		if err := publish(); err != nil {
			t.Fatal(err)
		}
		var told stream.Announcement
		if err := json.Unmarshal([]byte(next("stored")), &told); err != nil {
			t.Fatal(err)
		}
		if told.Tenant != "a" || told.Events != 1 || told.StreamSeq != [2]uint64{uint64(i + 1), uint64(i + 1)} || len(told.Sample) != 1 || told.Sample[0].Source != "/desk" {
			t.Errorf("told %+v", told)
		}
		// What was told is counted.
		if status, body := h.get("/v1/status?tenant=a"); status != http.StatusOK || !strings.Contains(string(body), fmt.Sprintf(`"tenant":"a","events":%d`, i+1)) {
			t.Errorf("%d %s", status, body)
		}
	}
	h.stop() // fails when HTTP does not stop in time because of the stream
	if end := next("end"); !strings.Contains(end, "stopping") {
		t.Errorf("the end is %s", end)
	}
}
