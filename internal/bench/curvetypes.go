package bench

import (
	"context"
	_ "embed"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func (r *run) typeCurve(ctx context.Context) error {
	all, err := r.mixOf(r.scale.tenants, nil)
	if err != nil {
		return err
	}
	kinds := byFrequency(all.bases[0])
	var points []drainPoint
	for n, most := range r.growth().types {
		if most == 0 || most > len(kinds) {
			most = len(kinds)
		}
		m, err := r.mixOf(r.scale.tenants, func(c *cut) bool { return slices.Contains(kinds[:most], c.kind) })
		if err != nil {
			return err
		}
		m.first = n * mostNames
		points = append(points, drainPoint{x: float64(most), mix: m, events: r.growth().backlog, pack: r.scale.pack})
	}
	return r.drainCurve(ctx, Curve{Name: "types", Title: "Draining a backlog, by the event types in it", XLabel: "event types, the most frequent first"}, points)
}

// byFrequency are the types of events, the most frequent first.
func byFrequency(events []cut) []string {
	counts := map[string]int{}
	var kinds []string
	for i := range events {
		if counts[events[i].kind]++; counts[events[i].kind] == 1 {
			kinds = append(kinds, events[i].kind)
		}
	}
	slices.SortStableFunc(kinds, func(a, b string) int { return counts[b] - counts[a] })
	return kinds
}

// notedType is an event type whose events can be of any size; those of the program have no long texts.
const notedType = "bench.noted.v1"

//go:embed bench.noted.v1.json
var notedSchema []byte

func writeNotedType(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("make a folder of event types: %w", err)
	}
	if err := os.WriteFile(filepath.Join(folder, notedType+".json"), notedSchema, 0o600); err != nil {
		return fmt.Errorf("write an event type: %w", err)
	}
	return nil
}

// notes are a mix of events of about so many bytes, whose texts compress as language does.
func notes(seed uint64, events, bytes int) *mix {
	const tenants = 10
	m := &mix{tenants: tenants, each: max(1, events/tenants)}
	random := rand.New(rand.NewPCG(seed, uint64(bytes))) //nolint:gosec // repeatable texts, no secret
	base := make([]cut, m.each)
	for i := range base {
		head := fmt.Sprintf(`{"specversion":"1.0","id":"n-%d-%d","source":"urn:turnout:bench","type":%q,"time":"2025-%02d-%02dT12:00:00Z","tenant":"`,
			bytes, i, notedType, 1+i%12, 1+i%28)
		at := len(head) - 1
		head += placeholder + fmt.Sprintf(`","data":{"note_id":"n-%d-%d","person_id":"p-%d","text":"`, bytes, i, i%1000)
		base[i] = cut{raw: []byte(head + words(random, bytes-len(head)-3) + `"}}`), at: at + 1, kind: notedType}
	}
	m.bases = [][]cut{base}
	return m
}

// words are so many bytes of words, of which some are frequent; at least one.
func words(random *rand.Rand, bytes int) string {
	var text strings.Builder
	for text.Len() < bytes || text.Len() == 0 {
		const known = 4000
		n := int(float64(known) * random.Float64() * random.Float64() * random.Float64())
		fmt.Fprintf(&text, "%s%c ", []string{"ver", "an", "meet", "hor", "li", "sto"}[n%6], 'a'+n/6%26)
		if n > known/8 {
			fmt.Fprintf(&text, "%x ", n)
		}
	}
	return strings.TrimSpace(text.String()[:max(1, bytes)])
}
