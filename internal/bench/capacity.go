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

// model gives the figures of docs/capacity.md, as far as they were measured.
func (r *Result) model() []basis {
	figure := func(key string) (float64, bool) {
		at := slices.IndexFunc(r.Figures, func(f Figure) bool { return f.Key == key && f.Value != nil })
		if at < 0 {
			return 0, false
		}
		return *r.Figures[at].Value, true
	}
	// last is the last point of a curve's series.
	last := func(curve, series string) (Point, bool) {
		var found Point
		known := false
		for i := range r.Curves {
			for _, p := range r.Curves[i].Points {
				if r.Curves[i].Name == curve && p.Series == series {
					found, known = p, true
				}
			}
		}
		return found, known
	}
	var all []basis
	add := func(symbol, meaning, unit, from string, value float64, known bool) {
		all = append(all, basis{symbol, meaning, unit, from, value, known})
	}
	stream, known := last("facts-disk", "stream")
	add("b_s", "stream, bytes on disk an event, packed", "bytes", "facts-disk", stream.Y, known)
	log, known := last("facts-disk", "log")
	facts, knownToo := last("facts-disk", "facts")
	rest, knownAsWell := last("facts-disk", "rollups and receipts")
	add("b_w", "warehouse, bytes on disk an event: log, fact, rollups, receipts", "bytes", "facts-disk", log.Y+facts.Y+rest.Y, known && knownToo && knownAsWell)
	value, known := figure("drain.cpu_us_per_event")
	add("c", "CPU for storing an event, program and engine", "µs", "drain", value, known)
	value, known = figure("ceilings.insert_cpu_us_per_row")
	add("c_i", "of it the engine's, for ready columns", "µs", "ceilings", value, known)
	value, known = figure("drain.per_s")
	add("D", "events stored a second from a backlog", "1/s", "drain", value, known)
	value, known = figure("ceilings.publish_per_s")
	add("P", "events that one stream takes a second, packed and synced", "1/s", "ceilings", value, known)
	value, known = figure("ceilings.consume_per_s")
	add("C", "events that one stream gives a second", "1/s", "ceilings", value, known)
	add("s", "one sync to disk", "ms", "machine", r.Machine.SyncMS, r.Machine.SyncMS > 0)
	final, known := last("facts-final", "merged")
	add("f", "CPU for reading a fact with FINAL, merged", "µs", "facts-final", perFact(final, 1000), known)
	final, known = last("facts-final", "as inserted")
	add("f'", "the same before merging", "µs", "facts-final", perFact(final, 1000), known)
	question, known := last("federation-questions", "attendance")
	add("q", "CPU for a question about all communities, a fact", "µs", "federation-questions", perFact(question, 1000), known)
	rollup, known := last("facts-rollups", "")
	add("r", "CPU for recomputing rollups, a fact", "µs", "facts-rollups", rollup.Beside["µs a fact"], known)
	report, known := last("federation-reports", "the large one")
	add("t", "a report of a community of 300,000 facts beside many, the median of all reports", "ms", "federation-reports", report.Y, known)
	many, known := last("tenants", "")
	add("c_T", "CPU for storing an event when a thousand communities send in turn", "µs", "tenants", many.Beside[besideCPU], known)
	return all
}

// perFact spreads a point's CPU milliseconds over its facts.
func perFact(p Point, times float64) float64 {
	if p.X == 0 {
		return 0
	}
	return p.Beside["CPU ms"] * times / p.X
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
