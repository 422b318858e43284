package doctor_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/turnout/turnout/internal/doctor"
	"github.com/turnout/turnout/internal/smalldisk"
)

// state is what was found of a check; "" when it was not looked at.
func state(findings []doctor.Finding, check string) doctor.State {
	for _, f := range findings {
		if f.Check == check {
			return f.State
		}
	}
	return ""
}

func TestDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	findings := doctor.Disk(dir, 1)
	if s := state(findings, "fsync"); s == "" || s == doctor.Unknown {
		t.Errorf("fsync was not measured: %+v", findings)
	}
	for _, f := range findings {
		if f.Check == "fsync" && !strings.Contains(f.Figure, "p99") {
			t.Errorf("no figure: %+v", f)
		}
		if f.State != doctor.OK && f.State != doctor.Unknown && f.Advice == "" {
			t.Errorf("no advice: %+v", f)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if s := state(doctor.Disk(dir, 1<<60), "room"); s != doctor.Problem {
		t.Errorf("less room than the reserve is %s", s)
	}
	if s := state(doctor.Disk(filepath.Join(dir, "missing"), 1), "folder"); s != doctor.Problem {
		t.Errorf("a missing folder is %s", s)
	}
}

func TestDiskInMemoryThatIsFull(t *testing.T) {
	t.Parallel()
	disk := smalldisk.New(t, 1<<20)
	if !disk.Mounted() {
		t.Log("no disk of its own here; the rest is tested above")
		return
	}
	if s := state(doctor.Disk(disk.Dir, 0), "file system"); s != doctor.Warning {
		t.Errorf("memory is %s", s)
	}
	disk.Fill(t, 0)
	if findings := doctor.Disk(disk.Dir, 0); state(findings, "fsync") != doctor.Problem {
		t.Errorf("a full disk: %+v", findings)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		memory, engine uint64
		check          string
		want           doctor.State
	}{
		"fine":               {8 << 30, 4 << 30, "engine memory", doctor.OK},
		"the default":        {8 << 30, 0, "engine memory", doctor.OK},
		"most of it":         {8 << 30, 7 << 30, "engine memory", doctor.Warning},
		"more than there is": {8 << 30, 9 << 30, "engine memory", doctor.Problem},
		"enough":             {8 << 30, 0, "memory", doctor.OK},
		"little":             {3 << 29, 0, "memory", doctor.Warning},
		"too little":         {1 << 29, 0, "memory", doctor.Problem},
	} {
		if got := state(doctor.Limits(test.memory, test.engine), test.check); got != test.want {
			t.Errorf("%s: %s is %s, want %s", name, test.check, got, test.want)
		}
	}
}

func TestClocks(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)
	clock := func(skew, within time.Duration) doctor.Clock {
		return doctor.Clock{Name: "there", Skew: skew, Within: within}
	}
	for name, test := range map[string]struct {
		clock doctor.Clock
		want  doctor.State
	}{
		"together":         {clock(3*time.Millisecond, time.Millisecond), doctor.OK},
		"ahead":            {clock(2*time.Second, time.Millisecond), doctor.Warning},
		"behind":           {clock(-2*time.Second, time.Millisecond), doctor.Warning},
		"far":              {clock(-time.Hour, time.Millisecond), doctor.Problem},
		"a slow answer":    {clock(2*time.Second, 3*time.Second), doctor.OK},
		"no answer at all": {doctor.Clock{Name: "there", Err: errors.New("timeout")}, doctor.Unknown},
	} {
		if got := state(doctor.Clocks(now, test.clock), "there"); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
	if got := state(doctor.Clocks(time.Unix(0, 0)), "this machine"); got != doctor.Problem {
		t.Errorf("1970 is %s", got)
	}
	read := doctor.Read("there", func() (time.Time, error) { return time.Now().Add(time.Hour), nil })
	if read.Skew < 59*time.Minute || read.Skew > 61*time.Minute {
		t.Errorf("an hour ahead is %s", read.Skew)
	}
}

func TestReview(t *testing.T) {
	t.Parallel()
	fine := doctor.Settings{Durability: "strict", Embedded: true, Keys: true, DiskFree: 90 << 30, DiskSize: 100 << 30, DiskReserve: 128 << 20}
	for name, test := range map[string]struct {
		change func(*doctor.Settings)
		check  string
		want   doctor.State
	}{
		"strict":               {func(*doctor.Settings) {}, "durability", doctor.OK},
		"balanced":             {func(s *doctor.Settings) { s.Durability = "balanced" }, "durability", doctor.Warning},
		"a server elsewhere":   {func(s *doctor.Settings) { s.Embedded = false }, "NATS server's sync", doctor.Unknown},
		"keys":                 {func(*doctor.Settings) {}, "keys", doctor.OK},
		"no keys":              {func(s *doctor.Settings) { s.Keys = false }, "keys", doctor.Warning},
		"no keys and open":     {func(s *doctor.Settings) { s.Keys, s.OpenAddresses = false, []string{"0.0.0.0:8080"} }, "keys", doctor.Problem},
		"keys in the clear":    {func(s *doctor.Settings) { s.OpenAddresses = []string{"0.0.0.0:8080"} }, "encryption", doctor.Warning},
		"keys for all to see":  {func(s *doctor.Settings) { s.KeysOpen = true }, "keys", doctor.Warning},
		"unbounded":            {func(*doctor.Settings) {}, "stream size", doctor.OK},
		"unbounded and small":  {func(s *doctor.Settings) { s.DiskSize = 10 << 30 }, "stream size", doctor.Warning},
		"larger than the disk": {func(s *doctor.Settings) { s.StreamMaxBytes = 95 << 30 }, "stream size", doctor.Warning},
		"bounded":              {func(s *doctor.Settings) { s.StreamMaxBytes = 10 << 30 }, "stream size", doctor.OK},
		"nearly full":          {func(s *doctor.Settings) { s.StreamMaxBytes, s.StreamBytes = 10<<30, 19<<29 }, "stream size", doctor.Warning},
		"full":                 {func(s *doctor.Settings) { s.StreamMaxBytes, s.StreamBytes = 10<<30, 10<<30 }, "stream size", doctor.Problem},
		"nothing reserved":     {func(s *doctor.Settings) { s.DiskReserve = 0 }, "disk reserve", doctor.Warning},
	} {
		settings := fine
		test.change(&settings)
		if got := state(doctor.Review(settings), test.check); got != test.want {
			t.Errorf("%s: %s is %s, want %s", name, test.check, got, test.want)
		}
	}
	report := doctor.NewReport(doctor.Review(fine))
	if !report.OK || report.Problems != 0 || report.Warnings != 0 {
		t.Errorf("%+v", report)
	}
}
