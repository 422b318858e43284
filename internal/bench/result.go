package bench

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Result is what was measured. Its JSON has the figures under their keys, the dots of a key being nested objects; a figure that was not
// measured is null.
type Result struct {
	Machine Machine            `json:"machine"`
	Commit  string             `json:"commit"`
	At      time.Time          `json:"at"`
	Runs    int                `json:"runs"`
	Seed    uint64             `json:"seed"`
	Quick   bool               `json:"quick"` // too little was measured for the figures to mean anything
	Took    map[string]float64 `json:"took_s"`
	Peaks   map[string]float64 `json:"peaks_mb"` // private memory of all processes, by section
	Figures []Figure           `json:"-"`
	Curves  []Curve            `json:"curves,omitempty"`
	Tables  []Table            `json:"tables,omitempty"`
}

// Figure is one measure with the median of its samples. Value is nil when there are none.
type Figure struct {
	Measure
	Value *float64
	// Least and Greatest of Runs samples.
	Least, Greatest float64
	Runs            int
}

// Met tells whether a figure reaches its target; false as well where either is missing.
func (f *Figure) Met() bool {
	switch {
	case f.Value == nil || f.Target == 0:
		return false
	case f.AtMost:
		return *f.Value <= f.Target
	default:
		return *f.Value >= f.Target
	}
}

// spread is what the JSON tells of a figure's runs.
type spread struct {
	Least    float64 `json:"min"`
	Greatest float64 `json:"max"`
	Runs     int     `json:"runs"`
}

// MarshalJSON nests the figures by their keys, beside the machine and the rest.
func (r *Result) MarshalJSON() ([]byte, error) {
	type plain Result
	raw, err := json.Marshal((*plain)(r))
	if err != nil {
		return nil, fmt.Errorf("encode the result: %w", err)
	}
	all := map[string]any{}
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, fmt.Errorf("encode the result: %w", err)
	}
	spreads := map[string]spread{}
	for i := range r.Figures {
		f := &r.Figures[i]
		nest(all, strings.Split(f.Key, "."), f.Value)
		if f.Runs > 1 {
			spreads[f.Key] = spread{Least: f.Least, Greatest: f.Greatest, Runs: f.Runs}
		}
	}
	all["spread"] = spreads
	if all["reports_ms"] == nil { // the key is there, whether any report was measured or not
		all["reports_ms"] = map[string]any{}
	}
	encoded, err := json.Marshal(all)
	if err != nil {
		return nil, fmt.Errorf("encode the result: %w", err)
	}
	return encoded, nil
}

func nest(object map[string]any, path []string, value any) {
	for _, name := range path[:len(path)-1] {
		inner, ok := object[name].(map[string]any)
		if !ok {
			inner = map[string]any{}
			object[name] = inner
		}
		object = inner
	}
	object[path[len(path)-1]] = value
}

// samples are what was measured, by key.
type samples struct {
	known  []Measure
	values map[string][]float64
}

func newSamples() *samples { return &samples{known: measures(), values: map[string][]float64{}} }

// add takes one sample of a measure.
func (s *samples) add(key string, value float64) { s.values[key] = append(s.values[key], value) }

// addKnown takes a sample of what may not be known: 0.
func (s *samples) addKnown(key string, value float64) {
	if value > 0 {
		s.add(key, value)
	}
}

// set replaces what was measured before.
func (s *samples) set(key string, value float64) { s.values[key] = []float64{value} }

// learn adds a measure whose name is not known before it is run.
func (s *samples) learn(m Measure) {
	if !slices.ContainsFunc(s.known, func(other Measure) bool { return other.Key == m.Key }) {
		s.known = append(s.known, m)
	}
}

// median of a key's samples; 0 when there are none.
func (s *samples) median(key string) float64 { return middle(s.values[key]) }

func (s *samples) figures() []Figure {
	figures := make([]Figure, 0, len(s.known))
	seen := map[string]bool{}
	for _, m := range s.known {
		f := Figure{Measure: m}
		if values := s.values[m.Key]; len(values) > 0 {
			value := round(middle(values))
			f.Value, f.Least, f.Greatest, f.Runs = &value, round(slices.Min(values)), round(slices.Max(values)), len(values)
		}
		seen[m.Key] = true
		figures = append(figures, f)
	}
	for _, key := range slices.Sorted(maps.Keys(s.values)) {
		if !seen[key] { // a sample without a measure is a mistake that must not hide
			value := round(middle(s.values[key]))
			figures = append(figures, Figure{Measure: Measure{Key: key, Label: key}, Value: &value, Runs: len(s.values[key])})
		}
	}
	return figures
}

func middle(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}

// percentile is the smallest value that so many of a hundred do not exceed.
func percentile(values []float64, percent int) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[max((len(sorted)*percent+99)/100-1, 0)]
}
