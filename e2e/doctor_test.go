package e2e_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/turnout/turnout/internal/doctor"
)

// examine runs the doctor and gives what it found, by area and check.
func (h *house) examine(env []string, args ...string) (doctor.Report, map[string]doctor.Finding, int) {
	h.t.Helper()
	result := command(h.t, env, "", append([]string{"doctor", "--data", h.dir, "--format", "json"}, args...)...)
	var report doctor.Report
	if err := json.Unmarshal([]byte(result.stdout), &report); err != nil {
		h.t.Fatalf("%v: %d %s%s", err, result.code, result.stdout, result.stderr)
	}
	found := map[string]doctor.Finding{}
	for _, f := range report.Findings {
		found[f.Area+" "+f.Check] = f
	}
	return report, found, result.code
}

// TestDoctor examines a folder before there is one, with the program running, with
// keys, and stopped; and fails when something is wrong.
func TestDoctor(t *testing.T) {
	t.Parallel()
	h := &house{t: t, dir: filepath.Join(t.TempDir(), "data"), args: []string{"--durability", "balanced", "--stream-max-bytes", "64MiB"}}
	report, found, code := h.examine(nil)
	if !report.OK || code != 0 || found["disk fsync"].Figure == "" || found["instance running"].State != doctor.Unknown {
		t.Errorf("before the first start: %d %+v", code, report)
	}
	h.open()
	report, found, code = h.examine(nil)
	for check, want := range map[string]doctor.State{
		"instance running": doctor.OK, "instance ready": doctor.OK, "clocks NATS server": doctor.OK, "clocks ClickHouse": doctor.OK,
		"versions migrations": doctor.OK, "settings durability": doctor.Warning, "settings keys": doctor.Warning,
		"settings stream size": doctor.OK, "disk broken parts set aside": doctor.OK,
	} {
		if found[check].State != want {
			t.Errorf("%s is %+v, want %s", check, found[check], want)
		}
	}
	if !report.OK || code != 0 {
		t.Errorf("running: %d %+v", code, report)
	}
	key := h.key("--scope", "admin")
	if _, found, _ = h.examine(nil); found["instance NATS"].State != doctor.Unknown {
		t.Errorf("without the key: %+v", found["instance NATS"])
	}
	if _, found, _ = h.examine([]string{"TURNOUT_KEY=" + key}); found["clocks NATS server"].State != doctor.OK || found["settings keys"].State != doctor.OK {
		t.Errorf("with the key: %+v", found)
	}
	h.stop()
	report, found, code = h.examine(nil, "--disk-reserve", "1000TiB")
	if report.OK || code != 1 || found["disk room"].State != doctor.Problem || found["disk room"].Advice == "" {
		t.Errorf("too little room: %d %+v", code, report)
	}
	if result := command(t, nil, "", "doctor", "--data", h.dir); result.code != 0 || !strings.Contains(result.stdout, "0 problems") {
		t.Errorf("the table: %d %s%s", result.code, result.stdout, result.stderr)
	}
}
