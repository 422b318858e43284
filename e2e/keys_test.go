package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/turnout/turnout/internal/stream"
)

// key creates a key while the program runs, and waits until it counts.
func (h *house) key(args ...string) string {
	h.t.Helper()
	out := command(h.t, nil, "", append([]string{"keys", "create", "--data", h.dir}, args...)...)
	if out.code != 0 {
		h.t.Fatalf("create key: %s", out.stderr)
	}
	key := strings.TrimSpace(out.stdout)
	eventually(h.t, time.Second, "the key to be known", func() error {
		if status, body := h.do(http.MethodGet, "/v1/reports", key, "", ""); status == http.StatusUnauthorized {
			return fmt.Errorf("%d %s", status, body)
		}
		if status, body := h.get("/v1/reports"); status != http.StatusUnauthorized {
			return fmt.Errorf("without a key: %d %s", status, body)
		}
		return nil
	})
	return key
}

const secretPerson = "person-of-b"

func attendanceOf(tenant, id string) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"/desk","tenant":%q,"type":"attendance.recorded.v1","time":"2024-03-01T18:00:00Z","data":{"gathering_id":"gathering-of-%s","person_id":"person-of-%s","present":true,"role":"participant","method":"desk"}}`,
		id, tenant, tenant, tenant)
}

// TestKeysKeepTenantsApart tries a tenant's key on every endpoint of another's.
func TestKeysKeepTenantsApart(t *testing.T) {
	t.Parallel()
	h := open(t)
	admin := h.key("--scope", "admin")
	ofA := h.key("--tenant", "a", "--scope", "publish,read")
	adminOfA := h.key("--tenant", "a", "--scope", "admin")
	ofB := h.key("--tenant", "b", "--scope", "publish,read")

	publish := func(key, query, event string) (int, string) {
		status, body := h.do(http.MethodPost, "/v1/events"+query, key, "application/cloudevents+json", event)
		return status, string(body)
	}
	if status, body := publish(ofB, "", attendanceOf("b", "1")); status != http.StatusAccepted {
		t.Fatalf("publish into the key's own tenant: %d %s", status, body)
	}
	h.letterOf(admin, "b")
	eventually(t, 10*time.Second, "the event to be seen by its owner", func() error {
		status, body := h.do(http.MethodGet, "/v1/reports/attendance", ofB, "", "")
		if status != http.StatusOK || !strings.Contains(string(body), "gathering-of-b") {
			return fmt.Errorf("%d %s", status, body)
		}
		return nil
	})

	for _, attempt := range []struct{ query, event string }{
		{"", attendanceOf("b", "2")}, {"?tenant=b", attendanceOf("b", "2")}, {"?tenant=b", strings.Replace(attendanceOf("b", "2"), `"tenant":"b",`, "", 1)},
	} {
		for _, key := range []string{ofA, adminOfA} {
			if status, body := publish(key, attempt.query, attempt.event); status != http.StatusForbidden && status != http.StatusUnprocessableEntity {
				t.Errorf("publish%s: %d %s", attempt.query, status, body)
			}
		}
	}
	for _, path := range h.readPaths(admin) {
		for _, key := range []string{ofA, adminOfA} {
			queries := []string{"tenant=b", "tenant=a", "", "tenant=b&tenant=a", "tenant=a&tenant=b"}
			separator := "?"
			if strings.Contains(path, "?") {
				separator, queries = "&", queries[:1] // a list is confined as its report is
			}
			for _, query := range queries {
				status, body := h.do(http.MethodGet, path+separator+query, key, "", "")
				unbuilt := path == "/" && status == http.StatusServiceUnavailable // a program without the page's assets says so
				if !unbuilt && (status >= http.StatusInternalServerError || status == 0) {
					t.Errorf("GET %s%s%s: %d %s", path, separator, query, status, body)
				}
				for _, secret := range []string{secretPerson, "gathering-of-b", "letter-of-b"} {
					if strings.Contains(string(body), secret) {
						t.Errorf("GET %s%s%s shows %s: %s", path, separator, query, secret, body)
					}
				}
			}
		}
	}
	for _, attempt := range []struct{ method, path, body string }{
		{http.MethodPut, "/v1/tenants/b", `{"timezone":"Asia/Kathmandu"}`},
		{http.MethodPost, "/v1/deadletters/replay?tenant=b", `{"all":true}`},
		{http.MethodPost, "/v1/deadletters/replay", `{"ids":["` + h.letterID(admin) + `"]}`},
		{http.MethodDelete, "/v1/deadletters/" + h.letterID(admin), ""},
	} {
		status, body := h.do(attempt.method, attempt.path, adminOfA, "application/json", attempt.body)
		if strings.Contains(string(body), `"replayed"`) || strings.Contains(string(body), "Kathmandu") || status >= http.StatusInternalServerError {
			t.Errorf("%s %s: %d %s", attempt.method, attempt.path, status, body)
		}
	}
	if h.letterID(admin) == "" {
		t.Error("the dead letter of b is gone")
	}
	for _, path := range []string{"/v1/tenants/b", "/v1/live?tenant=b", "/metrics"} {
		if status, body := h.do(http.MethodGet, path, ofA, "", ""); status != http.StatusForbidden {
			t.Errorf("GET %s: %d %s", path, status, body)
		}
	}
	h.natsKeepsApart(ofA)
	h.clickhouseIsClosed()
}

// readPaths lists everything that can be read: of each report its figures and one list,
// since all its lists are confined in the same way.
func (h *house) readPaths(admin string) []string {
	h.t.Helper()
	status, body := h.do(http.MethodGet, "/v1/reports", admin, "", "")
	var answer struct {
		Reports []struct {
			Name    string `json:"name"`
			Columns []struct{ Name, Role string }
		} `json:"reports"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || len(answer.Reports) == 0 {
		h.t.Fatalf("%d %s %v", status, body, err)
	}
	paths := []string{
		"/", "/v1/reports", "/v1/schemas", "/v1/schemas/attendance.recorded.v1", "/openapi.json", "/asyncapi.json", "/metrics",
		"/healthz", "/readyz", "/v1/status", "/v1/deadletters", "/v1/deadletters/" + h.letterID(admin), "/v1/tenants/b",
	}
	for _, report := range answer.Reports {
		paths = append(paths, "/v1/reports/"+report.Name)
		for _, column := range report.Columns {
			if column.Role == "measure" {
				paths = append(paths, "/v1/reports/"+report.Name+"/rows?measure="+url.QueryEscape(column.Name))
				break
			}
		}
	}
	return paths
}

// letterOf makes a dead letter of a tenant through NATS.
func (h *house) letterOf(key, tenant string) {
	h.t.Helper()
	js := h.jetstream(nats.Token(key))
	body := fmt.Sprintf(`{"specversion":"1.0","id":"letter-of-%s","source":"/desk","type":"attendance.recorded.v1","time":"2024-03-01T18:00:00Z","data":{}}`, tenant)
	if _, err := js.Publish(h.t.Context(), stream.EventSubject(tenant, "attendance.recorded.v1"), []byte(body)); err != nil {
		h.t.Fatal(err)
	}
	eventually(h.t, 10*time.Second, "the dead letter", func() error {
		if h.letterID(key) == "" {
			return errors.New("there is none")
		}
		return nil
	})
}

func (h *house) letterID(admin string) string {
	h.t.Helper()
	status, body := h.do(http.MethodGet, "/v1/deadletters?tenant=b", admin, "", "")
	var answer struct {
		DeadLetters []struct {
			ID string `json:"id"`
		} `json:"deadletters"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		h.t.Fatalf("%d %s", status, body)
	}
	if len(answer.DeadLetters) == 0 {
		return ""
	}
	return answer.DeadLetters[0].ID
}

// natsKeepsApart tries a key of tenant a on the subjects of b.
func (h *house) natsKeepsApart(key string) {
	h.t.Helper()
	js := h.jetstream(nats.UserInfo("", key))
	if _, err := js.Publish(h.t.Context(), stream.EventSubject("a", "attendance.recorded.v1"), []byte(attendanceOf("a", "n1"))); err != nil {
		h.t.Errorf("publish on the key's own subject: %v", err)
	}
	for _, subject := range []string{stream.EventSubject("b", "attendance.recorded.v1"), stream.PackSubject("b"), stream.PackSubject("")} {
		// The server drops what is not permitted without a word to the publisher, who then waits in vain.
		ctx, cancel := context.WithTimeout(h.t.Context(), time.Second)
		if _, err := js.Publish(ctx, subject, []byte(attendanceOf("b", "n2"))); err == nil {
			h.t.Errorf("published on %s", subject)
		}
		cancel()
	}
	if _, err := js.Stream(h.t.Context(), stream.EventsStream); err == nil {
		h.t.Error("a tenant's key may look into the stream of all")
	}
	if _, err := nats.Connect(h.endpoints.NATS); err == nil {
		h.t.Error("connected to NATS without a key")
	}
}

// clickhouseIsClosed tries ClickHouse without the internal password, and with it.
func (h *house) clickhouseIsClosed() {
	h.t.Helper()
	ask := func(password string) int {
		target := h.endpoints.ClickHouse + "/?query=" + url.QueryEscape("SELECT count() FROM turnout.events")
		request, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, target, http.NoBody)
		if err != nil {
			h.t.Fatal(err)
		}
		if password != "" {
			request.SetBasicAuth("default", password)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			h.t.Fatal(err)
		}
		response.Body.Close()
		return response.StatusCode
	}
	if status := ask(""); status == http.StatusOK {
		h.t.Error("ClickHouse answers without a password")
	}
	password, err := os.ReadFile(filepath.Join(h.dir, "clickhouse.password"))
	if err != nil {
		h.t.Fatal(err)
	}
	if status := ask(strings.TrimSpace(string(password))); status != http.StatusOK {
		h.t.Errorf("ClickHouse refuses the internal password: %d", status)
	}
}

// TestKeyAnswers tells a missing, an unknown, a revoked and a too narrow key apart.
func TestKeyAnswers(t *testing.T) {
	t.Parallel()
	h := open(t)
	if status, body := h.get("/v1/reports"); status != http.StatusOK {
		t.Fatalf("without any keys: %d %s", status, body)
	}
	reader := h.key("--scope", "read")
	expect := func(key string, status int, code string) {
		t.Helper()
		got, body := h.do(http.MethodPost, "/v1/events", key, "application/cloudevents+json", attendanceOf("a", "1"))
		if got != status || !strings.Contains(string(body), code) {
			t.Errorf("%d %s, want %d %s", got, body, status, code)
		}
	}
	expect("", http.StatusUnauthorized, "key_missing")
	expect("tk_nonsense", http.StatusUnauthorized, "key_unknown")
	expect(reader, http.StatusForbidden, "scope_missing")
	publisher := h.key("--scope", "publish")
	expect(publisher, http.StatusAccepted, "accepted")
	id := strings.Split(publisher, "_")[1]
	if out := command(t, nil, "", "keys", "revoke", "--data", h.dir, id); out.code != 0 {
		t.Fatal(out.stderr)
	}
	eventually(t, time.Second, "the key to be revoked", func() error {
		status, body := h.do(http.MethodPost, "/v1/events", publisher, "application/cloudevents+json", attendanceOf("a", "1"))
		if status != http.StatusUnauthorized || !strings.Contains(string(body), "key_revoked") {
			return fmt.Errorf("%d %s", status, body)
		}
		return nil
	})
	if out := h.run("", "report"); out.code != 1 || !strings.Contains(out.stderr, "hint:") {
		t.Errorf("exit %d, %s", out.code, out.stderr)
	}
	// A restart with keys keeps the doors closed.
	h.stop()
	h.start()
	expect("", http.StatusUnauthorized, "key_missing")
}

// TestRefusesOpenDoors starts beyond loopback without keys.
func TestRefusesOpenDoors(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"--http", "--nats", "--clickhouse"} {
		out := command(t, nil, "", "up", "--data", filepath.Join(t.TempDir(), "data"), flag, "0.0.0.0:0")
		if out.code != 1 || !strings.Contains(out.stderr, "turnout keys create") || !strings.Contains(out.stderr, flag+":") {
			t.Errorf("%s 0.0.0.0:0: exit %d, %s", flag, out.code, out.stderr)
		}
	}
}
