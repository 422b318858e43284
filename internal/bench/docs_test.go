package bench

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func measured() *Result {
	found := newSamples()
	found.add("drain.per_s", 131_400)
	found.add("drain.per_s", 120_000)
	found.add("drain.per_s", 150_000)
	found.add("drain.ratio_to_insert", 0.7)
	found.add("drain.cpu_us_per_event", 11.94)
	found.add("memory_mb.peak", 900)
	value := 151.0
	return &Result{
		Commit: "abc", Runs: 3, Figures: found.figures(),
		Curves: []Curve{{Name: "backlog", Title: "By its size", XLabel: "events", YLabel: "events/s", Notes: []string{"A note."}, Points: []Point{
			{X: 1000, Y: 90_123, Beside: map[string]float64{besideCPU: 12}}, {X: 1e6, Y: 130_777},
		}}},
		Tables: []Table{{Name: "some", Columns: []string{"report", "1M", "10M"}, Rows: []TableRow{{Name: "members", Values: []*float64{&value, nil}}}}},
	}
}

const page = `By hand.
<!-- bench: figures drain. -->old<!-- /bench -->
Between.
<!-- bench: figures memory_mb. -->memory of before<!-- /bench -->
<!-- bench: curve backlog -->old<!-- /bench -->
<!-- bench: curve tenants -->tenants of before<!-- /bench -->
<!-- bench: table some --><!-- /bench -->
The end.
`

func TestBlocksAreFilledAndTheTextBetweenStays(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, docsFile)
	if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, capacityFile), []byte("<!-- bench: capacity-steps -->of before<!-- /bench -->"), 0o600); err != nil {
		t.Fatal(err)
	}
	skipped, err := WriteDocs(dir, measured())
	if err != nil {
		t.Fatal(err)
	}
	if len(skipped) != 2 || !strings.HasPrefix(skipped[0], "figures memory_mb. (memory_mb.rested was not measured)") {
		t.Errorf("skipped %q, want memory, of which only the peak was measured, and the capacity, for which much is missing", skipped)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	for _, want := range []string{
		"By hand.\n<!-- bench: figures drain. -->\n", "Between.\n", "The end.\n", ">memory of before<", ">tenants of before<",
		"| drain of a backlog | 131,000 events/s | 120,000 – 150,000 | at least 130,000 events/s: reached |\n",
		"| 0.7 |", "at least 0.75: missed", "| 11.9 µs |", "commit abc", "medians of 3 runs",
		"![By its size](images/bench-backlog.svg)", "| events | events/s | CPU µs an event |\n|---|---|---|\n| 1k | 90,123 | 12 |\n| 1M | 131,000 |  |\n", "\nA note.\n",
		"| report | 1M | 10M |\n|---|---|---|\n| members | 151 | – |\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, ">old<") {
		t.Errorf("a block kept what is old:\n%s", text)
	}
	if drawn, err := os.ReadFile(filepath.Join(dir, "images", "bench-backlog.svg")); err != nil || !strings.HasPrefix(string(drawn), "<svg ") {
		t.Errorf("the picture is %.40q, %v", drawn, err)
	}
	again, _, err := fillBlocks(text, measured())
	if err != nil || again != text {
		t.Errorf("the same figures give another page, or %v", err)
	}
}

func TestBlocksThatCannotBeFilledAreErrors(t *testing.T) {
	if err := everyCurve("no block", measured()); !errors.Is(err, errNoBlock) {
		t.Errorf("a curve without a block: %v", err)
	}
	if _, _, err := fillBlocks("<!-- bench: figures drain. -->", measured()); !errors.Is(err, errNoEnd) {
		t.Errorf("a block without an end: %v", err)
	}
	if _, _, err := fillBlocks("<!-- bench: curve a --><!-- bench: curve b --><!-- /bench -->", measured()); !errors.Is(err, errNoEnd) {
		t.Errorf("a block within a block: %v", err)
	}
	if _, _, err := fillBlocks("<!-- bench: wishes --><!-- /bench -->", measured()); err == nil {
		t.Error("an unknown block was taken")
	}
}

// TestTheProjectsPageHasABlockForEachCurve holds docs/benchmarks.md against what is measured.
func TestTheProjectsPageHasABlockForEachCurve(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "docs", docsFile))
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"backlog", "tenants", "types", "sizes", "consumers", "facts-drain", "facts-final", "facts-disk", "facts-reports", "facts-rollups", "facts-start",
		"federation-reports", "federation-questions", "federation-rollups"}
	result := &Result{}
	for _, name := range names {
		result.Curves = append(result.Curves, Curve{Name: name, Points: []Point{{X: 1, Y: 1}}})
	}
	if err := everyCurve(string(raw), result); err != nil {
		t.Error(err)
	}
	if _, _, err := fillBlocks(string(raw), result); err != nil {
		t.Error(err)
	}
	for _, m := range measures() {
		if !shown(string(raw), m.Key) {
			t.Errorf("no block shows %s", m.Key)
		}
	}
}

// shown tells whether a block of the page has a prefix of the key.
func shown(text, key string) bool {
	for line := range strings.Lines(text) {
		words, found := strings.CutPrefix(line, blockBegin+"figures ")
		if found && slices.ContainsFunc(strings.Fields(words), func(prefix string) bool { return strings.HasPrefix(key, prefix) }) {
			return true
		}
	}
	return false
}

func TestTheModelFollowsFromWhatWasMeasured(t *testing.T) {
	found := newSamples()
	for key, value := range map[string]float64{
		"drain.cpu_us_per_event": 10, "ceilings.insert_cpu_us_per_row": 6, "drain.per_s": 150_000, "ceilings.publish_per_s": 250_000, "ceilings.consume_per_s": 750_000,
	} {
		found.add(key, value)
	}
	const facts = 10_000_000
	point := func(y float64, series string, beside map[string]float64) []Point {
		return []Point{{X: 1, Y: 1, Series: series}, {X: facts, Y: y, Series: series, Beside: beside}}
	}
	cpu := map[string]float64{"CPU ms": 2000}
	result := &Result{Machine: Machine{SyncMS: 0.2}, Figures: found.figures(), Curves: []Curve{
		{Name: "facts-disk", Points: slices.Concat(point(400, "stream", nil), point(110, "log", nil), point(100, "facts", nil), point(5, "rollups and receipts", nil))},
		{Name: "facts-final", Points: slices.Concat(point(1, "as inserted", cpu), point(1, "merged", cpu))},
		{Name: "federation-questions", Points: point(1, "attendance", cpu)},
		{Name: "facts-rollups", Points: point(12, "", map[string]float64{"µs a fact": 1.2})},
		{Name: "federation-reports", Points: point(180, "the large one", nil)},
		{Name: "tenants", Points: point(90_000, "", map[string]float64{besideCPU: 20})},
	}}
	table, missing := result.stepsTable()
	for _, want := range []string{
		"| 375,000 | 15 million | 375 million | 37.5 billion |", "| 150 MB | 6 GB | 150 GB | 15 TB |", "| 80.6 MB | 3.23 GB | 80.6 GB | 8.06 TB |",
		"| 0.6 | 24 | 600 | 60,000 |", "| under 0.01 | under 0.01 | 0.012 | 1.2 |", "| 2.5 s | 100 s | 41.7 min | 2.89 days |", "| 75 ms | 3 s | 75 s | 2.08 hours |", "| 180 ms | 180 ms | 180 ms | 180 ms |",
	} {
		if !strings.Contains(table, want) {
			t.Errorf("the model lacks %q (missing %q):\n%s", want, missing, table)
		}
	}
	result.Curves = result.Curves[1:]
	if table, missing := result.stepsTable(); table != "" || missing != "facts-disk was not measured" {
		t.Errorf("without the disk it is %q, missing %q", table, missing)
	}
}
