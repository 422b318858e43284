package e2e_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/stream"
)

// message is one event on its way: its structured JSON and its type.
type message struct {
	typ, body string
}

// davis gives the attendances of Davis, Gardner and Gardner, Deep South (1941).
func davis(t *testing.T) []message {
	t.Helper()
	file, err := os.Open("../examples/davis/davis.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	const attendances, gatherings = 89, 14
	if len(records) != attendances+1 {
		t.Fatalf("%d attendances", len(records)-1)
	}
	start := time.Date(1936, time.January, 10, 15, 0, 0, 0, time.UTC)
	var events []message
	for n := 1; n <= gatherings; n++ {
		at := start.AddDate(0, 0, 26*n)
		events = append(events, message{"gathering.scheduled.v1", fmt.Sprintf(
			`{"specversion":"1.0","id":"g%d","source":"/davis","type":"gathering.scheduled.v1","time":%q,"data":{"gathering_id":"E%d","kind":"social","formality":"informal","format":"in_person","starts_at":%q,"ends_at":%q}}`,
			n, at.Format(time.RFC3339), n, at.Format(time.RFC3339), at.Add(2*time.Hour).Format(time.RFC3339))})
	}
	for i, record := range records[1:] {
		var n int
		if _, err := fmt.Sscanf(record[1], "E%d", &n); err != nil {
			t.Fatal(err)
		}
		events = append(events, message{"attendance.recorded.v1", fmt.Sprintf(
			`{"specversion":"1.0","id":"a%d","source":"/davis","type":"attendance.recorded.v1","time":%q,"data":{"gathering_id":%q,"person_id":%q,"present":true,"role":"participant","method":"import"}}`,
			i, start.AddDate(0, 0, 26*n).Format(time.RFC3339), record[1], record[0])})
	}
	return events
}

// TestDavis publishes everything twice, in random order, half of it over NATS
// directly, and expects the golden values.
func TestDavis(t *testing.T) {
	t.Parallel()
	h := open(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	events := davis(t)
	events = append(events, events...)
	random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })

	js := h.jetstream()
	var batch []string
	for i, event := range events {
		if i%2 == 0 {
			batch = append(batch, event.body)
			continue
		}
		if _, err := js.Publish(t.Context(), stream.EventSubject("davis", event.typ), []byte(event.body)); err != nil {
			t.Fatal(err)
		}
	}
	status, body := h.do(http.MethodPost, "/v1/events?tenant=davis", "", "application/x-ndjson", strings.Join(batch, "\n"))
	if status != http.StatusAccepted {
		t.Fatalf("%d %s", status, body)
	}
	h.settled()

	attendance := h.rows("attendance", "tenant=davis")
	expect(t, attendance, "gathering_id", "E1 E2 E3 E4 E5 E6 E7 E8 E9 E10 E11 E12 E13 E14")
	expect(t, attendance, "attended", "3 3 6 4 8 8 10 14 12 5 4 6 3 3")
	expect(t, attendance, "first_timers", "3 1 2 0 2 2 3 3 2 0 0 0 0 0")
	lifecycle := h.rows("lifecycle", "tenant=davis&grain=gathering")
	expect(t, lifecycle, "active", "3 3 6 4 8 8 10 14 12 5 4 6 3 3")
	expect(t, lifecycle, "new", "3 1 2 0 2 2 3 3 2 0 0 0 0 0")
	expect(t, lifecycle, "returning", "0 2 3 4 4 6 5 8 9 4 2 2 3 3")
	expect(t, lifecycle, "resurrecting", "0 0 1 0 2 0 2 3 1 1 2 4 0 0")
	expect(t, lifecycle, "dormant", "0 1 0 2 0 2 3 2 5 8 3 2 3 0")
	expect(t, h.rows("absence-factor", "tenant=davis"), "absence_factor", "6")

	quality := string(h.mustGet("/v1/reports/data-quality?tenant=davis"))
	t.Log(quality)
}

// expect compares a column, its values separated by blanks.
func expect(t *testing.T, rows []map[string]any, column, want string) {
	t.Helper()
	values := make([]string, len(rows))
	for i, row := range rows {
		values[i] = fmt.Sprint(row[column])
	}
	if got := strings.Join(values, " "); got != want {
		t.Errorf("%s is\n%s, want\n%s", column, got, want)
	}
}

// jetstream connects to the embedded NATS as another system would.
func (h *house) jetstream(options ...nats.Option) jetstream.JetStream {
	h.t.Helper()
	nc, err := nats.Connect(h.endpoints.NATS, options...)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		h.t.Fatal(err)
	}
	return js
}

func (h *house) mustGet(path string) []byte {
	h.t.Helper()
	status, body := h.get(path)
	if status != http.StatusOK {
		h.t.Fatalf("%s: %d %s", path, status, body)
	}
	return body
}

// settled waits until the warehouse has everything that the stream has.
func (h *house) settled() {
	h.t.Helper()
	eventually(h.t, 2*time.Minute, "the backlog to be stored", func() error {
		status, body := h.get("/v1/status")
		if status != http.StatusOK {
			return fmt.Errorf("status: %d %s", status, body)
		}
		var answer struct {
			Stream struct {
				Pending *int `json:"pending"`
			} `json:"stream"`
		}
		if err := json.Unmarshal(body, &answer); err != nil {
			return err
		}
		if answer.Stream.Pending == nil || *answer.Stream.Pending != 0 {
			return fmt.Errorf("pending: %s", body)
		}
		return nil
	})
}
