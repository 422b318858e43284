package bench

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/producers/simulator"
)

// reportTenant is the community whose reports are measured.
const reportTenant = "bench-university"

// reports measures every report over HTTP for a simulated university, none of them from a kept answer.
func (r *run) reports(ctx context.Context) error {
	h, err := r.main(ctx)
	if err != nil {
		return err
	}
	if err := r.furnish(ctx, h); err != nil {
		return err
	}
	names, err := r.reportNames(ctx, h)
	if err != nil {
		return err
	}
	var slowest float64
	for n, report := range names {
		r.progress(0.3 + 0.7*float64(n)/float64(len(names)))
		var took []float64
		for ask := range r.scale.asks + 1 {
			began := time.Now()
			if err := h.get(ctx, reportPath(report, ask), nil); err != nil {
				return err
			}
			if ask > 0 { // the first one reads what the system has not in memory
				took = append(took, milliseconds(time.Since(began)))
			}
		}
		for _, part := range []struct {
			name    string
			percent int
		}{{"p50", 50}, {"p95", 95}} {
			m := reportMeasure(report, part.name)
			r.found.learn(m)
			r.found.set(m.Key, percentile(took, part.percent))
		}
		slowest = max(slowest, percentile(took, 95))
	}
	r.found.set("reports.slowest_p95_ms", slowest)
	return nil
}

// reportNames are the reports that are measured.
func (r *run) reportNames(ctx context.Context, h *house) ([]string, error) {
	var list struct {
		Reports []struct {
			Name string `json:"name"`
		} `json:"reports"`
	}
	if err := h.get(ctx, "/v1/reports", &list); err != nil {
		return nil, err
	}
	names := make([]string, 0, len(list.Reports))
	for _, report := range list.Reports {
		names = append(names, report.Name)
	}
	if r.scale.reports > 0 {
		names = names[:min(r.scale.reports, len(names))]
	}
	return names, nil
}

// furnish simulates the university, has it stored and counts its facts.
func (r *run) furnish(ctx context.Context, h *house) error {
	communities, err := simulator.Config{Tenant: reportTenant, Preset: simulator.University, Years: r.scale.community, Seed: r.cfg.Seed}.Tenants()
	if err != nil {
		return fmt.Errorf("simulate a university: %w", err)
	}
	for community := range communities {
		if err := publishCommunity(ctx, h, community, r.scale.pack); err != nil {
			return err
		}
	}
	if err := r.settle(ctx, h); err != nil {
		return err
	}
	for key, condition := range map[string]string{"facts.reports": " WHERE tenant = '" + reportTenant + "'", "facts.all": ""} {
		n, err := h.number(ctx, "SELECT count() FROM facts FINAL"+condition)
		if err != nil {
			return err
		}
		r.found.set(key, n)
	}
	return nil
}

// publishCommunity publishes all sound events of a simulated community in packs.
func publishCommunity(ctx context.Context, h *house, community *simulator.Community, pack int) error {
	var lines [][]byte
	var bodies [][]byte
	for item := range community.Items() {
		if item.Fault == simulator.Malformed || item.Event.Type == erasedType {
			continue
		}
		lines = append(lines, bytes.TrimSpace(bytes.Clone(item.Raw)))
		if len(lines) == pack {
			bodies, lines = append(bodies, bytes.Join(lines, []byte("\n"))), lines[:0]
		}
	}
	if len(lines) > 0 {
		bodies = append(bodies, bytes.Join(lines, []byte("\n")))
	}
	return publishAsync(ctx, h.nc, packMessages(stream.PackSubject(""), bodies), packsAtOnce)
}

// reportPath asks for a range that ends on another day each time, far in the future, so that no answer is a kept one.
func reportPath(name string, ask int) string {
	to := time.Date(2099, time.December, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, -ask)
	return "/v1/reports/" + name + "?" + url.Values{"tenant": {reportTenant}, "to": {to.Format(time.DateOnly)}}.Encode()
}

// number asks the warehouse for one number.
func (h *house) number(ctx context.Context, query string) (float64, error) {
	var n float64
	if err := h.db.Conn().QueryRow(ctx, "SELECT toFloat64(("+query+"))").Scan(&n); err != nil {
		return 0, fmt.Errorf("ask the warehouse: %w", err)
	}
	return n, nil
}
