package bench

import (
	"fmt"
	"slices"
	"strings"
)

// university is what the capacity model takes a university for: docs/capacity.md says why.
const (
	universityRows = 375_000
	universityPeak = 0.6 // events a second in its busiest hour
)

// basis is a measured figure that the model rests on.
type basis struct {
	symbol, meaning, unit, from string
	value                       float64
	known                       bool
}

// measured gives a figure by its key.
func (r *Result) measured(key string) (value float64, known bool) {
	at := slices.IndexFunc(r.Figures, func(f Figure) bool { return f.Key == key && f.Value != nil })
	if at < 0 {
		return 0, false
	}
	return *r.Figures[at].Value, true
}

// last gives the last point of a curve's series.
func (r *Result) last(curve, series string) (last Point, known bool) {
	for i := range r.Curves {
		for _, p := range r.Curves[i].Points {
			if r.Curves[i].Name == curve && p.Series == series {
				last, known = p, true
			}
		}
	}
	return last, known
}

// model gives the figures of docs/capacity.md, as far as they were measured.
func (r *Result) model() []basis {
	figure := func(symbol, key, meaning, unit string) basis {
		value, known := r.measured(key)
		from, _, _ := strings.Cut(key, ".")
		return basis{symbol, meaning, unit, from, value, known}
	}
	point := func(symbol, curve, series, meaning, unit string, of func(Point) float64) basis {
		p, known := r.last(curve, series)
		return basis{symbol, meaning, unit, curve, of(p), known}
	}
	y := func(p Point) float64 { return p.Y }
	besides := func(name string) func(Point) float64 { return func(p Point) float64 { return p.Beside[name] } }
	tables := point("b_w", "facts-disk", "log", "warehouse, bytes on disk an event: log, fact, rollups, receipts", "bytes", y)
	for _, series := range []string{"facts", "rollups and receipts"} {
		p, known := r.last("facts-disk", series)
		tables.value, tables.known = tables.value+p.Y, tables.known && known
	}
	return []basis{
		point("b_s", "facts-disk", "stream", "stream, bytes on disk an event, packed", "bytes", y),
		tables,
		figure("c", "drain.cpu_us_per_event", "CPU for storing an event, program and engine", "µs"),
		figure("c_i", "ceilings.insert_cpu_us_per_row", "of it the engine's, for ready columns", "µs"),
		figure("D", "drain.per_s", "events stored a second from a backlog", "1/s"),
		figure("P", "ceilings.publish_per_s", "events that one stream takes a second, packed and synced", "1/s"),
		figure("C", "ceilings.consume_per_s", "events that one stream gives a second", "1/s"),
		{"s", "one sync to disk", "ms", "machine", r.Machine.SyncMS, r.Machine.SyncMS > 0},
		point("f", "facts-final", "merged", "CPU for reading a fact with FINAL, merged", "µs", perFact),
		point("f'", "facts-final", "as inserted", "the same before merging", "µs", perFact),
		point("q", "federation-questions", "attendance", "CPU for a question about all communities, a fact", "µs", perFact),
		point("r", "facts-rollups", "", "CPU for recomputing rollups, a fact", "µs", besides("µs a fact")),
		point("t", "federation-reports", "the large one", "a report of a community of 300,000 facts beside many, the median of all reports", "ms", y),
		point("c_T", "tenants", "", "CPU for storing an event when a thousand communities send in turn", "µs", besides(besideCPU)),
	}
}

// perFact spreads a point's CPU over its facts, in microseconds.
func perFact(p Point) float64 {
	if p.X == 0 {
		return 0
	}
	return p.Beside["CPU ms"] * 1000 / p.X
}

// basisTable lists what the model rests on; missing names what was not measured when something was.
func (r *Result) basisTable() (table, missing string) {
	var out strings.Builder
	out.WriteString("| | what | figure | measured by |\n|---|---|---|---|\n")
	some := false
	for _, b := range r.model() {
		if !b.known {
			missing = b.from + " was not measured"
			continue
		}
		some = some || b.from != "machine"
		fmt.Fprintf(&out, "| `%s` | %s | %s %s | %s |\n", b.symbol, b.meaning, number(b.value), b.unit, b.from)
	}
	switch {
	case !some:
		return "", ""
	case missing != "":
		return "", missing
	}
	return out.String(), ""
}

// stepsTable is what the model makes of it for federations of several sizes.
func (r *Result) stepsTable() (table, missing string) {
	if table, missing = r.basisTable(); table == "" {
		return "", missing
	}
	of := map[string]float64{}
	for _, b := range r.model() {
		of[b.symbol] = b.value
	}
	universities := []float64{1, 40, 1000, 100_000}
	var out strings.Builder
	out.WriteString("| universities | 1 | 40 | 1,000 | 100,000 |\n|---|---|---|---|---|\n")
	const micro = 1e6
	for _, line := range []struct {
		what string
		of   func(u float64) float64
		told func(float64) string
	}{
		{"rows, `N = 375,000 U`", func(u float64) float64 { return u * universityRows }, counted},
		{"stream, one copy, `N b_s`", func(u float64) float64 { return u * universityRows * of["b_s"] }, inBytes},
		{"warehouse, one copy, `N b_w`", func(u float64) float64 { return u * universityRows * of["b_w"] }, inBytes},
		{"events a second in the busiest hour, `0.6 U`", func(u float64) float64 { return u * universityPeak }, counted},
		{"cores for storing them, `0.6 U c_T`", func(u float64) float64 { return u * universityPeak * of["c_T"] / micro }, inCores},
		{"storing all history on this machine, `N / D`", func(u float64) float64 { return u * universityRows / of["D"] }, inTime},
		{"reading the stream once (erasure, replay), `N / C`", func(u float64) float64 { return u * universityRows / of["C"] }, inTime},
		{"rollups of all communities once, CPU, `N r`", func(u float64) float64 { return u * universityRows * of["r"] / micro }, inTime},
		{"a question about all communities, CPU, `N q`", func(u float64) float64 { return u * universityRows * of["q"] / micro }, inTime},
		{"a report of one community, `t`", func(float64) float64 { return of["t"] / 1000 }, inTime},
	} {
		fmt.Fprintf(&out, "| %s |", line.what)
		for _, u := range universities {
			fmt.Fprintf(&out, " %s |", line.told(line.of(u)))
		}
		out.WriteString("\n")
	}
	return out.String(), ""
}

// unit is a name for so much.
type unit struct {
	size float64
	name string
}

// scaled writes a value in the largest of the units that it reaches, or else in the smallest.
func scaled(value float64, units ...unit) string {
	for _, unit := range units {
		if value >= unit.size {
			return number(value/unit.size) + " " + unit.name
		}
	}
	smallest := units[len(units)-1]
	return number(value/smallest.size) + " " + smallest.name
}

func counted(value float64) string {
	return strings.TrimSuffix(scaled(value, unit{1e9, "billion"}, unit{1e6, "million"}, unit{1, ""}), " ")
}

func inCores(value float64) string {
	if value < 0.01 {
		return "under 0.01"
	}
	return number(value)
}

func inBytes(value float64) string {
	return scaled(value, unit{1e12, "TB"}, unit{1e9, "GB"}, unit{1e6, "MB"})
}

func inTime(seconds float64) string {
	const minute, hour, day = 60, 3600, 86_400
	for _, u := range []unit{{day, "days"}, {hour, "hours"}, {minute, "min"}} {
		if seconds >= 2*u.size {
			return number(seconds/u.size) + " " + u.name
		}
	}
	return scaled(seconds, unit{1, "s"}, unit{0.001, "ms"})
}
