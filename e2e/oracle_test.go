package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/turnout/turnout/producers/simulator"
	"github.com/turnout/turnout/producers/simulator/oracle"
	"github.com/turnout/turnout/schemas"
)

// oracleSeed names the variable that gives TestOracle other communities than the usual
// ones: any number, and they live until these days.
const oracleSeed = "ORACLE_SEED"

// communities is how many random ones the oracle and the reports are compared on.
const communities = 20

// forgetful communities are asked to forget somebody, every so many: to do it takes seconds each.
const forgetful = 7

// neighbour is one random community, published and known to the oracle.
type neighbour struct {
	tenant, yearEnd string
	zone            *time.Location
	seed            uint64
	events          []byte // as they were sent, one a line
	oracle          *oracle.Oracle
}

// TestOracle publishes random communities full of faults, each a tenant of one program,
// and asks every report about each: grains and filters go round, so that every one is
// tried on some community. The usual communities are always the same, so that a change
// which breaks a report is not taken for chance.
func TestOracle(t *testing.T) {
	t.Parallel()
	base, today := uint64(1), time.Date(2026, time.November, 22, 0, 0, 0, 0, time.UTC)
	if text := os.Getenv(oracleSeed); text != "" {
		var err error
		today = time.Now()
		if base, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%s=%d", oracleSeed, base)
	h := open(t)
	var all []*neighbour
	for i := range communities {
		all = append(all, h.settle(base, i, today))
	}
	h.settled()
	h.forgotten()
	h.rolledUp(all)
	tried := &tally{reports: map[string]int{}}
	for i, n := range all {
		t.Run(fmt.Sprintf("%02d %s", i, n.zone), func(t *testing.T) {
			t.Parallel()
			n.compare(t, h, i, tried)
		})
	}
	t.Cleanup(func() { tried.tell(t, base) })
}

// forgotten waits until every request to forget somebody is done.
func (h *house) forgotten() {
	h.t.Helper()
	eventually(h.t, 4*time.Minute, "the requests for erasure to be done", func() error {
		status, body := h.get("/v1/erasures")
		if status != http.StatusOK {
			return fmt.Errorf("erasures: %d %s", status, body)
		}
		if n := strings.Count(string(body), `"state":"pending"`); n > 0 {
			return fmt.Errorf("%d are pending", n)
		}
		return nil
	})
}

// settle makes up the community of that number and publishes it.
func (h *house) settle(base uint64, i int, today time.Time) *neighbour {
	t := h.t
	t.Helper()
	zones := []string{"Asia/Kathmandu", "Australia/Lord_Howe", "America/New_York", "Asia/Kolkata", "Pacific/Chatham", "Europe/Berlin", "UTC", "Pacific/Apia", "America/St_Johns"}
	ends := []string{"12-31", "06-30", "08-31", "03-31"}
	zone, err := time.LoadLocation(zones[i%len(zones)])
	if err != nil {
		t.Fatal(err)
	}
	n := &neighbour{tenant: fmt.Sprintf("oracle-%02d", i), yearEnd: ends[i%len(ends)], zone: zone, seed: base + uint64(i)}
	// A third of them goes on for some days to come: what happens later has not happened.
	until := time.Date(today.Year(), today.Month(), today.Day()+[]int{-300, 0, 12}[i%3], 0, 0, 0, 0, zone)
	tenants, err := simulator.Config{Tenant: n.tenant, Preset: simulator.Small, Years: 1 + i%2, Seed: n.seed, Until: until, Zone: zone}.Tenants()
	if err != nil {
		t.Fatal(err)
	}
	registry, err := schemas.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	n.oracle = oracle.New(registry, oracle.Options{Tenant: n.tenant, Zone: zone, YearEnd: n.yearEnd, Erase: true})
	for community := range tenants {
		for item := range community.Items() {
			if item.Event != nil && item.Event.Type == schemas.TypeMemberErased && i%forgetful != 0 {
				continue
			}
			if err := n.oracle.Take(item.Raw); (err != nil) != (item.Fault == simulator.Malformed) {
				t.Fatalf("%q: %v\n%s", item.Fault, err, item.Raw)
			}
			n.events = append(append(n.events, item.Raw...), '\n')
		}
	}
	settings := fmt.Sprintf(`{"timezone":%q,"year_end":%q}`, zone, n.yearEnd)
	if status, body := h.do(http.MethodPut, "/v1/tenants/"+n.tenant, "", "application/json", settings); status != http.StatusOK {
		t.Fatalf("settings: %d %s", status, body)
	}
	if status, body := h.do(http.MethodPost, "/v1/events?tenant="+n.tenant, "", "application/x-ndjson", string(n.events)); status >= http.StatusMultipleChoices {
		t.Fatalf("publish: %d %s", status, body)
	}
	return n
}

// filters go round over the communities. What they narrow differs from report to report.
func filters() []string {
	return []string{
		"", "staff=include", "", "kind=meeting,social", "faculty=law,medicine", "from=2025-11&to=2026-06", "attributes=now&status=ambassador",
		"", "gathering_chapter=chapter-north,chapter-south", "graduation_from=2000&graduation_to=2024", "chapter=chapter-abroad,chapter-capital&attributes=now",
		"staff=only", "from=2026", "to=2026-03",
	}
}

// compare asks every report about the community.
func (n *neighbour) compare(t *testing.T, h *house, i int, tried *tally) {
	t.Helper()
	known := h.parameters()
	different := 0
	for place, name := range oracle.Names() {
		queries := oracle.Queries(name)
		query := join(queries[(i+place)%len(queries)], takes(known[name], filters()[(i*3+place)%len(filters())]))
		if (i+place)%3 == 0 && hasYearBefore(name, query) {
			query = join(query, "compare=year")
		}
		found := n.differences(t, h, name, query)
		tried.add(name, len(found) == 0)
		different += len(found)
		for k, d := range found {
			if k == 6 {
				t.Errorf("… %d more", len(found)-k)
				break
			}
			t.Errorf("%s?%s %s", n.tenant, query, d)
		}
	}
	if different == 0 {
		return
	}
	file := filepath.Join(os.TempDir(), fmt.Sprintf("turnout-%s-%d.ndjson", n.tenant, n.seed)) //nolint:usetesting // it outlives the test, to look at
	if err := os.WriteFile(file, n.events, 0o600); err != nil {
		t.Error(err)
	}
	t.Logf("seed %d, %s, year ends %s, events in %s", n.seed, n.zone, n.yearEnd, file)
}

// hasYearBefore says whether a report has a year before: single gatherings have none, and
// what was received on the way is not dated by when it happened.
func hasYearBefore(name, query string) bool {
	single := []string{"attendance", "return-rate", "gathering-groups", "data-quality"}
	return !slices.Contains(single, name) && !strings.Contains(query, "grain=gathering")
}

func join(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), "&")
}

// takes leaves out the parameters that a report does not have.
func takes(parameters map[string]bool, filter string) string {
	var kept []string
	for part := range strings.SplitSeq(filter, "&") {
		if name, _, _ := strings.Cut(part, "="); parameters[name] || name == "from" || name == "to" {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "&")
}

// parameters gives the names of those that each report has.
func (h *house) parameters() map[string]map[string]bool {
	h.t.Helper()
	var answer struct {
		Reports []struct {
			Name       string `json:"name"`
			Parameters []struct {
				Name string `json:"name"`
			} `json:"parameters"`
		} `json:"reports"`
	}
	if err := json.Unmarshal(h.mustGet("/v1/reports"), &answer); err != nil {
		h.t.Fatal(err)
	}
	all := map[string]map[string]bool{}
	for _, report := range answer.Reports {
		all[report.Name] = map[string]bool{}
		for _, parameter := range report.Parameters {
			all[report.Name][parameter.Name] = true
		}
	}
	return all
}

// differences asks one report and compares it, as of the moment of the answer.
func (n *neighbour) differences(t *testing.T, h *house, name, query string) []oracle.Difference {
	t.Helper()
	status, body := h.get("/v1/reports/" + name + "?" + join("tenant="+url.QueryEscape(n.tenant), query))
	if status != http.StatusOK {
		return []oracle.Difference{{Report: name, Column: "answer", Got: string(body), Want: "figures"}}
	}
	var answer struct {
		AsOf time.Time        `json:"as_of"`
		Rows []map[string]any `json:"rows"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatal(err)
	}
	table, err := n.oracle.Report(name, query, answer.AsOf)
	if err != nil {
		t.Fatal(err)
	}
	found := table.Compare(answer.Rows)
	if strings.Contains(query, "compare=year") {
		before, err := n.oracle.YearBefore(name, query, answer.AsOf)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, before.CompareYearBefore(answer.Rows)...)
	}
	return found
}

// tally counts on how many communities each report agreed.
type tally struct {
	mutex   sync.Mutex
	reports map[string]int
}

func (l *tally) add(report string, agrees bool) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if agrees {
		l.reports[report]++
	}
}

func (l *tally) tell(t *testing.T, base uint64) {
	t.Helper()
	for _, name := range oracle.Names() {
		t.Logf("%-24s agrees on %d of %d communities (%s=%d)", name, l.reports[name], communities, oracleSeed, base)
	}
}
