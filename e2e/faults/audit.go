package faults

import (
	"context"
	"encoding/json"
	"fmt"
)

// audit asks Turnout itself, by `turnout audit --deep`, whether it is as it must be. It may wait for what is under way.
func (r *Round) audit(ctx context.Context, v *Verdict) {
	said, failed := r.House.Command(ctx, "audit", "--deep", "--format", "json")
	var report struct {
		OK          bool              `json:"ok"`
		Counts      map[string]uint64 `json:"counts"`
		Differences []struct {
			Kind     string `json:"kind"`
			Tenant   string `json:"tenant"`
			Where    string `json:"where"`
			Sentence string `json:"sentence"`
		} `json:"differences"`
	}
	if err := json.Unmarshal([]byte(said), &report); err != nil {
		v.findf(&v.Differing, "audit: no answer: %v: %v", failed, err)
		return
	}
	if report.OK == (failed != nil) {
		v.findf(&v.Differing, "audit: ok is %t, and the command ended with %v", report.OK, failed)
	}
	if lost := len(r.gone); r.Kind.Damages && lost > 0 {
		if report.OK {
			v.findf(&v.Differing, "audit: ok, though %d events are gone from the stream", lost)
		}
		return
	}
	if report.OK {
		return
	}
	found := fmt.Sprint(report.Counts)
	for _, d := range report.Differences {
		if len(found) < 1000 {
			found += fmt.Sprintf("; %s %s %s: %s", d.Kind, d.Tenant, d.Where, d.Sentence)
		}
	}
	v.findf(&v.Differing, "audit: %s", found)
}
