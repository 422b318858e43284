package reporting

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"

	"github.com/turnout/turnout/internal/problem"
)

// Probe asks the engine about every report that did not come with the program whether it
// can be run, without running it, and gives what is wrong by the name of the report. From
// then on its description and its answers tell that, too. The error is that of an engine that
// could not be asked.
func (r *Runner) Probe(ctx context.Context) (map[string]error, error) {
	broken := make(map[string]error)
	for _, report := range r.config.Catalog.Reports() {
		if report.File == "" {
			continue
		}
		wrong, err := r.probe(ctx, report)
		if err != nil {
			return nil, fmt.Errorf("check report %s: %w", report.File, err)
		}
		if wrong != nil {
			broken[report.Name] = wrong
		}
	}
	r.broken.Store(&broken)
	return maps.Clone(broken), nil
}

// probe lets the engine read the report's query and that of a list behind it.
func (r *Runner) probe(ctx context.Context, report *Report) (wrong, err error) {
	const anybody = "default"
	asked, err := r.resolve(ctx, report, url.Values{tenantName: {anybody}}, nil)
	if err != nil {
		return nil, err
	}
	asked.sent[limitName], asked.sent[offsetName] = int64(1), int64(0)
	for _, statement := range []string{report.compile(), report.compileRows(report.Measures[0], nil)} {
		_, err := r.query(ctx, "DESCRIBE ("+statement+")", asked, nil, nil)
		if refused, ok := errors.AsType[*problem.Error](err); ok && refused.Code == codeReportFailed {
			return refused, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// Describe gives the descriptions of all reports in a language of the catalogue. Of a report
// that cannot be run it says why.
func (r *Runner) Describe(lang string) []Description {
	out := r.config.Catalog.Describe(lang)
	if broken := r.broken.Load(); broken != nil {
		for i := range out {
			if err := (*broken)[out[i].Name]; err != nil {
				out[i].Broken = problem.From(err).Detail
			}
		}
	}
	return out
}
