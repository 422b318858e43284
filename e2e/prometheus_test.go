package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// watchLimit bounds what Prometheus needs to see something, on a machine with much else to do.
const watchLimit = 3 * time.Minute

// prometheus is a running server of the version that docker-compose.yml runs.
type prometheus struct {
	t   *testing.T
	url string
}

// watch starts Prometheus with the rules and the scrape job of dashboards/prometheus, aimed at the
// house. Only time runs faster: it scrapes several times a second, and alerts do not wait.
func (h *house) watch(key string) *prometheus {
	h.t.Helper()
	dir := h.t.TempDir()
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			h.t.Fatal(err)
		}
	}
	var config map[string]any
	if err := yaml.Unmarshal([]byte(prometheusFile(h.t, "prometheus.yml")), &config); err != nil {
		h.t.Fatal(err)
	}
	config["global"] = map[string]any{"scrape_interval": "250ms", "evaluation_interval": "250ms"}
	jobs, _ := config["scrape_configs"].([]any)
	job, _ := jobs[0].(map[string]any)
	authorization, _ := job["authorization"].(map[string]any)
	authorization["credentials_file"] = filepath.Join(dir, "key")
	delete(job, "dns_sd_configs")
	delete(job, "relabel_configs")
	job["static_configs"] = []any{map[string]any{
		"targets": []string{strings.TrimPrefix(h.endpoints.HTTP, "http://")}, "labels": map[string]string{"role": "up"},
	}}
	changed, err := yaml.Marshal(config)
	if err != nil {
		h.t.Fatal(err)
	}
	write("prometheus.yml", string(changed))
	write("key", key)
	rules, _ := config["rule_files"].([]any)
	for _, rule := range rules {
		name, _ := rule.(string)
		write(name, regexp.MustCompile(`\bfor: \w+`).ReplaceAllString(prometheusFile(h.t, name), "for: 0s"))
	}
	return h.startPrometheus(dir)
}

func prometheusFile(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "dashboards", "prometheus", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func (h *house) startPrometheus(dir string) *prometheus {
	h.t.Helper()
	server := exec.Command("../scripts/tool", "prometheus", "--config.file="+filepath.Join(dir, "prometheus.yml"),
		"--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address=127.0.0.1:0")
	log := &syncBuffer{}
	server.Stdout, server.Stderr = log, log
	if err := server.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGTERM)
		_ = server.Wait()
		if h.t.Failed() {
			h.t.Logf("log of Prometheus:\n%s", log.String())
		}
	})
	p := &prometheus{t: h.t}
	const building = 5 * time.Minute // where it is built first
	eventually(h.t, building, "Prometheus to listen", func() error {
		match := regexp.MustCompile(`msg="Listening on".* address=(127\.0\.0\.1:\d+)`).FindStringSubmatch(log.String())
		if match == nil {
			return fmt.Errorf("log:\n%s", log.String())
		}
		p.url = "http://" + match[1]
		return nil
	})
	return p
}

// ask reads a path of Prometheus' API into into.
func (p *prometheus) ask(path string, into any) error {
	response, err := http.Get(p.url + path)
	if err != nil {
		return fmt.Errorf("ask Prometheus: %w", err)
	}
	defer response.Body.Close()
	var answer struct {
		Status string          `json:"status"`
		Error  string          `json:"error"`
		Data   json.RawMessage `json:"data"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return fmt.Errorf("read Prometheus' answer: %w", err)
	}
	if answer.Status != "success" {
		return fmt.Errorf("ask Prometheus for %s: %s", path, answer.Error)
	}
	return json.Unmarshal(answer.Data, into)
}

// value is that of the only series that an expression gives.
func (p *prometheus) value(expression string) (float64, error) {
	var data struct {
		Result []struct {
			Value [2]any `json:"value"`
		} `json:"result"`
	}
	if err := p.ask("/api/v1/query?query="+url.QueryEscape(expression), &data); err != nil {
		return 0, err
	}
	if len(data.Result) != 1 {
		return 0, fmt.Errorf("%s gives %d series", expression, len(data.Result))
	}
	text, _ := data.Result[0].Value[1].(string)
	return strconv.ParseFloat(text, 64)
}

// becomes waits until an expression gives a value that is right.
func (p *prometheus) becomes(expression string, right func(float64) bool) {
	p.t.Helper()
	eventually(p.t, watchLimit, expression, func() error {
		value, err := p.value(expression)
		if err != nil {
			return err
		}
		if !right(value) {
			return fmt.Errorf("%s is %v", expression, value)
		}
		return nil
	})
}

// TestPrometheusWatchesTheProgram has a real Prometheus scrape the real program with the
// project's own settings: the target is up, every rule works, every metric that rules and
// boards name is there, and alerts fire when the engine hangs and when dead letters wait.
func TestPrometheusWatchesTheProgram(t *testing.T) {
	t.Parallel()
	h := open(t, "--stream-max-bytes", "1GiB")
	admin := h.key("--scope", "admin")
	p := h.watch(h.key("--scope", "read"))
	p.becomes(`up{job="turnout", role="up"}`, func(v float64) bool { return v == 1 })
	positive := func(v float64) bool { return v > 0 }
	h.publishForMetrics(admin)
	for _, counter := range []string{"accepted", "rejected", "stored"} {
		p.becomes("sum(turnout_events_"+counter+"_total)", positive)
	}
	h.publishForMetrics(admin) // rates are of what a counter has grown since it was seen
	h.letterOf(admin, "b")
	for _, expression := range []string{
		// All events tell of one attendance.
		`turnout_facts{type="attendance.recorded.v1"} == 1`, `turnout_data_disk_free_bytes`,
		`turnout:events_accepted:rate5m`, `turnout:events_stored:rate5m`, `turnout:events_rejected:rate5m`, `turnout:end_to_end_seconds:p99_rate5m`,
	} {
		p.becomes(expression, positive)
	}
	p.becomes(`turnout:gateway_requests:error_ratio_rate5m`, func(v float64) bool { return v == 0 })
	p.becomes(`ALERTS{alertname="TurnoutDeadLetters", alertstate="firing"}`, positive)
	p.checkRules()
	// What no audit has said yet is no metric.
	if status, body := h.do(http.MethodPost, "/v1/operations/audit", admin, "application/json", "{}"); status != http.StatusOK || !strings.Contains(string(body), `"ok":true`) {
		t.Fatalf("audit: %d %s", status, body)
	}
	h.checkMetricNames(admin)

	h.killUntilSeen(p)
	p.becomes(`turnout_engine_up`, positive)
	p.becomes(`count(ALERTS{alertname="TurnoutEngineDown"}) or vector(0)`, func(v float64) bool { return v == 0 })
}

// publishForMetrics sends three events and a wrong one.
func (h *house) publishForMetrics(key string) {
	h.t.Helper()
	for i := range 3 {
		if status, body := h.do(http.MethodPost, "/v1/events", key, "application/cloudevents+json", attendanceOf("a", strconv.Itoa(i))); status != http.StatusAccepted {
			h.t.Fatalf("publish: %d %s", status, body)
		}
	}
	if status, body := h.do(http.MethodPost, "/v1/events", key, "application/cloudevents+json", `{"wrong":true}`); status != http.StatusUnprocessableEntity {
		h.t.Fatalf("a wrong event is answered %d %s", status, body)
	}
}

// killUntilSeen kills the engine until the alert on it fires: one that is back
// between two scrapes is not missed.
func (h *house) killUntilSeen(p *prometheus) {
	h.t.Helper()
	killed := 0
	eventually(h.t, watchLimit, "the alert on the engine", func() error {
		if seen, err := p.value(`max_over_time(ALERTS{alertname="TurnoutEngineDown", alertstate="firing"}[5m])`); err == nil && seen > 0 {
			return nil
		}
		up, err := p.value("turnout_engine_up")
		if err != nil {
			return err
		}
		pid := h.enginePID()
		if up == 0 || pid == 0 || pid == killed {
			return fmt.Errorf("engine %d, up %v", pid, up)
		}
		killed = pid
		return exec.Command("kill", "-KILL", strconv.Itoa(pid)).Run()
	})
}

// checkRules holds what Prometheus runs against the files.
func (p *prometheus) checkRules() {
	p.t.Helper()
	type rule struct{ Name, Health, LastError string }
	var data struct {
		Groups []struct{ Rules []rule }
	}
	want := 0
	for _, name := range []string{"alerts.yml", "recording.yml"} {
		want += len(regexp.MustCompile(`(?m)^ +- (alert|record):`).FindAllString(prometheusFile(p.t, name), -1))
	}
	eventually(p.t, watchLimit, "every rule to be evaluated", func() error {
		if err := p.ask("/api/v1/rules", &data); err != nil {
			return err
		}
		count := 0
		for _, group := range data.Groups {
			for _, r := range group.Rules {
				count++
				if r.Health != "ok" {
					return fmt.Errorf("rule %s is %s: %s", r.Name, r.Health, r.LastError)
				}
			}
		}
		if count != want || want < 20 {
			return fmt.Errorf("%d rules, want %d", count, want)
		}
		return nil
	})
}

// checkMetricNames looks for every metric that rules and boards name in a scrape, and has
// promtool look at how all of them are named.
func (h *house) checkMetricNames(key string) {
	h.t.Helper()
	status, scrape := h.do(http.MethodGet, "/metrics", key, "", "")
	if status != http.StatusOK {
		h.t.Fatalf("scrape: %d", status)
	}
	board, err := os.ReadFile("../dashboards/grafana/boards/pipeline.json")
	if err != nil {
		h.t.Fatal(err)
	}
	asked := string(board) + prometheusFile(h.t, "alerts.yml") + prometheusFile(h.t, "recording.yml")
	names := regexp.MustCompile(`\bturnout_[a-z0-9_]+\b`).FindAllString(regexp.MustCompile(`(?m)^.*"uid": .*$`).ReplaceAllString(asked, ""), -1)
	if len(names) < 30 {
		h.t.Errorf("rules and boards name %d metrics", len(names))
	}
	for _, name := range names {
		if !regexp.MustCompile(`(?m)^` + name + `[{ ]`).Match(scrape) {
			h.t.Errorf("%s is not in the scrape", name)
		}
	}
	lint := exec.Command("../scripts/tool", "promtool", "check", "metrics")
	lint.Stdin = strings.NewReader(string(scrape))
	if out, err := lint.CombinedOutput(); err != nil {
		h.t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}
