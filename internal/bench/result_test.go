package bench

import (
	"encoding/json"
	"testing"
)

func TestResultNestsFiguresByTheirKeys(t *testing.T) {
	found := newSamples()
	for _, value := range []float64{90_000, 140_000, 131_000} {
		found.add("drain.per_s", value)
	}
	found.learn(reportMeasure("win-back", "p95"))
	found.set("reports_ms.win-back.p95", 151)
	result := &Result{Figures: found.figures()}
	raw, err := json.Marshal(result)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Drain struct {
			PerS  float64  `json:"per_s"`
			Ratio *float64 `json:"ratio_to_insert"`
		} `json:"drain"`
		Reports map[string]map[string]float64 `json:"reports_ms"`
		Spread  map[string]spread             `json:"spread"`
	}
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if got.Drain.PerS != 131_000 || got.Drain.Ratio != nil {
		t.Errorf("drain is %+v, want the median 131000 and null for what was not measured", got.Drain)
	}
	if got.Reports["win-back"]["p95"] != 151 {
		t.Errorf("reports are %v", got.Reports)
	}
	if want := (spread{Least: 90_000, Greatest: 140_000, Runs: 3}); got.Spread["drain.per_s"] != want {
		t.Errorf("spread %+v, want %+v", got.Spread["drain.per_s"], want)
	}
	for i := range result.Figures {
		f := &result.Figures[i]
		if met := f.Met(); met != (f.Key == "drain.per_s") {
			t.Errorf("%s met: %t", f.Key, met)
		}
	}
}

func TestPercentileIsTheSmallestValueThatSoManyDoNotExceed(t *testing.T) {
	values := []float64{5, 1, 4, 2, 3}
	for percent, want := range map[int]float64{1: 1, 20: 1, 21: 2, 50: 3, 99: 5, 100: 5} {
		if got := percentile(values, percent); got != want {
			t.Errorf("percentile %d is %g, want %g", percent, got, want)
		}
	}
}
