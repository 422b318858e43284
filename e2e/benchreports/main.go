package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

func main() {
	if err := run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "measure the reports:", err)
		os.Exit(1)
	}
}

func run(out io.Writer) error {
	base := flag.String("url", "http://127.0.0.1:8080", "address of the running Turnout")
	tenants := flag.String("tenants", "default", "communities, separated by commas")
	times := flag.Int("times", 12, "requests for each report, after a first one that is not counted")
	only := flag.String("only", "", "only these reports, separated by commas")
	flag.Parse()

	communities := strings.Split(*tenants, ",")
	names, err := reports(*base)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "| report | %s |\n|---|%s\n", strings.Join(communities, ", p50 / p95 ms | ")+", p50 / p95 ms", strings.Repeat("---|", len(communities)))
	for _, name := range names {
		if *only != "" && !slices.Contains(strings.Split(*only, ","), name) {
			continue
		}
		fmt.Fprintf(out, "| %s |", name)
		for _, tenant := range communities {
			took, err := measure(*base, name, tenant, *times)
			if err != nil {
				return err
			}
			fmt.Fprintf(out, " %d / %d |", at(took, 50), at(took, 95))
		}
		fmt.Fprintln(out)
	}
	for _, tenant := range communities {
		if err := overview(out, *base, tenant, *times); err != nil {
			return err
		}
	}
	return nil
}

// reports lists the names of all reports that need nothing but a community.
func reports(base string) ([]string, error) {
	body, err := get(base + "/v1/reports")
	if err != nil {
		return nil, err
	}
	var list struct {
		Reports []struct {
			Name string `json:"name"`
		} `json:"reports"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, fmt.Errorf("read the list of reports: %w", err)
	}
	names := make([]string, len(list.Reports))
	for i, report := range list.Reports {
		names[i] = report.Name
	}
	return names, nil
}

// measure asks for one report again and again. No two requests are alike: each ends its range a day earlier, far in the future, so that
// no kept answer is measured.
func measure(base, name, tenant string, times int) ([]time.Duration, error) {
	took := make([]time.Duration, 0, times)
	for n := range times + 1 {
		began := time.Now()
		if _, err := get(address(base, name, tenant, n)); err != nil {
			return nil, fmt.Errorf("ask for %s: %w", name, err)
		}
		if n > 0 {
			took = append(took, time.Since(began))
		}
	}
	slices.Sort(took)
	return took, nil
}

func address(base, name, tenant string, n int) string {
	return base + "/v1/reports/" + name + "?" + query(tenant, n).Encode()
}

func query(tenant string, n int) url.Values {
	to := time.Date(2099, time.December, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, -n)
	return url.Values{"tenant": {tenant}, "to": {to.Format(time.DateOnly)}}
}

// overview asks at once for what a page of figures asks for.
func overview(out io.Writer, base, tenant string, times int) error {
	took := make([]time.Duration, 0, times)
	for n := range times {
		began := time.Now()
		failed := make(chan error, len(page()))
		var wait sync.WaitGroup
		for _, name := range page() {
			wait.Go(func() {
				if _, err := get(address(base, name, tenant, 100+n)); err != nil {
					failed <- fmt.Errorf("ask for %s: %w", name, err)
				}
			})
		}
		wait.Wait()
		close(failed)
		if err := <-failed; err != nil {
			return err
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	fmt.Fprintf(out, "\n%s, what the overview asks for at once (%s): p50 %d ms, p95 %d ms\n", tenant, strings.Join(page(), ", "), at(took, 50), at(took, 95))
	return nil
}

func page() []string {
	return []string{"activity", "lifecycle", "attendance"}
}

// at is a percentile in milliseconds: the smallest value that so many percent do not exceed.
func at(sorted []time.Duration, percent int) int64 {
	const whole = 100
	return sorted[max((len(sorted)*percent+whole-1)/whole-1, 0)].Milliseconds()
}

func get(address string) ([]byte, error) {
	response, err := http.Get(address) //nolint:gosec,noctx // the address is the one that the caller gave; the command ends with its requests
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the address
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s: %.300s", address, response.Status, body)
	}
	return body, nil
}
