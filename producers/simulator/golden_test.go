package simulator_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/turnout/turnout/producers/simulator"
)

// digest is a hash of the first events of a configuration.
func digest(t testing.TB, cfg simulator.Config, limit int) string {
	t.Helper()
	hash := sha256.New()
	for _, community := range communities(t, cfg) {
		for item := range community.Items() {
			if limit--; limit < 0 {
				break
			}
			hash.Write(append(item.Raw, '\n'))
		}
	}
	return hex.EncodeToString(hash.Sum(nil)[:8])
}

// TestGolden holds the bytes: whoever runs the same command, wherever, gets the
// same events, and may publish them again.
func TestGolden(t *testing.T) {
	const limit = 20_000
	for _, c := range []struct {
		cfg  simulator.Config
		want string
	}{
		{simulator.Config{Tenant: "g", Preset: simulator.Seed, Years: 1, Seed: 1}, "bc052bde975a79cf"},
		{simulator.Config{Tenant: "g", Preset: simulator.Seed, Years: 1, Seed: 2}, "8bc90f00ce524739"},
		{simulator.Config{Tenant: "g", Preset: simulator.University, Years: 1, Seed: 1}, "636f83448dc2c528"},
		{simulator.Config{Tenant: "g", Preset: simulator.University, Years: 2, Seed: 1 << 63}, "ac2fe572c8fdbb8a"},
		{simulator.Config{Tenant: "g", Preset: simulator.Federation, Years: 1, Seed: 1, Communities: 2}, "0af94cecaa758426"},
		{simulator.Config{Tenant: "g", Preset: simulator.Small, Years: 1, Seed: 1}, "aea630ce91db6986"},
	} {
		if got := digest(t, c.cfg, limit); got != c.want {
			t.Errorf("%s, seed %d: %s, want %s", c.cfg.Preset, c.cfg.Seed, got, c.want)
		}
	}
}

// TestAgain: a community may be asked for its events more than once, and others
// of the federation have no part in them.
func TestAgain(t *testing.T) {
	cfg := simulator.Config{Tenant: "f", Preset: simulator.Federation, Years: 1, Seed: 7, Communities: 3}
	many := communities(t, cfg)
	cfg.Communities = 2
	few := communities(t, cfg)
	if len(many) != 3 || len(few) != 2 || many[1].Tenant != "f-0002" {
		t.Fatalf("%d and %d communities, the second is %s", len(many), len(few), many[1].Tenant)
	}
	read := func(c *simulator.Community) [][]byte {
		var lines [][]byte
		for item := range c.Items() {
			if len(lines) == 3000 {
				break
			}
			lines = append(lines, item.Raw)
		}
		return lines
	}
	first, again, other := read(many[1]), read(many[1]), read(few[1])
	if !slices.EqualFunc(first, again, bytes.Equal) || !slices.EqualFunc(first, other, bytes.Equal) {
		t.Error("the same community has other events the second time")
	}
	if slices.EqualFunc(first, read(many[0]), bytes.Equal) {
		t.Error("two communities have the same events")
	}
}

// TestOneLine: every event is one line, the malformed ones too, and not blank.
func TestOneLine(t *testing.T) {
	for _, item := range items(t, simulator.Config{Tenant: "s", Preset: simulator.Seed, Years: 1, Seed: 5}) {
		if bytes.ContainsAny(item.Raw, "\r\n") || len(bytes.TrimSpace(item.Raw)) == 0 {
			t.Errorf("not one line: %q", item.Raw)
		}
	}
}

func TestRefused(t *testing.T) {
	good := university(1, 1)
	for name, spoil := range map[string]func(*simulator.Config){
		"preset":                func(c *simulator.Config) { c.Preset = "village" },
		"0 years":               func(c *simulator.Config) { c.Years = 0 },
		"51 years":              func(c *simulator.Config) { c.Years = 51 },
		"1970":                  func(c *simulator.Config) { c.Years = 5; c.Until = day(t, "1974-01-01") },
		"tenant":                func(c *simulator.Config) { c.Tenant = "No Name" },
		"1 to 9999 communities": func(c *simulator.Config) { c.Communities = 10_000 },
	} {
		cfg := good
		spoil(&cfg)
		if _, err := cfg.Tenants(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// BenchmarkItems generates and writes a university's events.
func BenchmarkItems(b *testing.B) {
	events, size := 0, 0
	for b.Loop() {
		for _, community := range communities(b, university(1, 1)) {
			for item := range community.Items() {
				events++
				size += len(item.Raw)
			}
		}
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(size)/float64(events), "bytes/event")
}
