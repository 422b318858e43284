package reporting

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/turnout/turnout/dashboards/reports"
)

// sharedFolder holds the pieces that reports build on.
const sharedFolder = "with"

// Catalog is a set of reports, checked and ready to compile. It does not change.
type Catalog struct {
	reports []*Report
	byName  map[string]*Report
	spoken  map[string]*translation // by language
}

// Load reads the reports that come with the program and those of extra, where each
// file *.sql is a report each file with/*.sql a piece to build on, and each LANGUAGE.yaml its words in another language. A report
// that is broken, or named like another, is an error that names the file.
func Load(extra ...fs.FS) (*Catalog, error) {
	return loadAll(append([]fs.FS{reports.FS}, extra...)...)
}

func loadAll(sources ...fs.FS) (*Catalog, error) {
	shared := make(map[string]sharedPiece)
	for _, source := range sources {
		if err := loadShared(source, shared); err != nil {
			return nil, err
		}
	}
	c := &Catalog{byName: make(map[string]*Report), spoken: make(map[string]*translation)}
	for i, source := range sources {
		if err := loadTranslations(source, c.spoken); err != nil {
			return nil, err
		}
		names, err := fs.Glob(source, "*.sql")
		if err != nil {
			return nil, fmt.Errorf("list reports: %w", err)
		}
		for _, name := range names {
			report, err := loadReport(source, name, shared)
			if err != nil {
				return nil, fmt.Errorf("load report %s: %w", name, err)
			}
			if c.byName[report.Name] != nil {
				return nil, fmt.Errorf("load report %s: a report named %q exists already", name, report.Name)
			}
			if i > 0 { // the first are the program's own
				report.File = name
			}
			c.byName[report.Name] = report
			c.reports = append(c.reports, report)
		}
	}
	sort.Slice(c.reports, func(i, j int) bool { return c.reports[i].Name < c.reports[j].Name })
	return c, nil
}

// Reports gives all reports, by name.
func (c *Catalog) Reports() []*Report { return slices.Clone(c.reports) }

// Report finds a report by name.
func (c *Catalog) Report(name string) (*Report, bool) {
	r, ok := c.byName[name]
	return r, ok
}

// sharedPiece is a piece with what it needs.
type sharedPiece struct {
	piece
	with       []string
	parameters []Parameter
}

func loadShared(source fs.FS, shared map[string]sharedPiece) error {
	names, err := fs.Glob(source, path.Join(sharedFolder, "*.sql"))
	if err != nil {
		return fmt.Errorf("list shared pieces: %w", err)
	}
	for _, name := range names {
		f, query, err := readFile(source, name)
		if err != nil {
			return fmt.Errorf("load %s: %w", name, err)
		}
		if f.Name+".sql" != path.Base(name) || !isName(f.Name) {
			return fmt.Errorf("load %s: its name %q is not that of the file", name, f.Name)
		}
		if _, ok := shared[f.Name]; ok {
			return fmt.Errorf("load %s: a piece named %q exists already", name, f.Name)
		}
		if f.Function != "" && (!isName(f.Function) || len(f.Columns) > 0) {
			return fmt.Errorf("load %s: function names the argument of an expression, and an expression has no columns", name)
		}
		parameters, err := declaredParameters(f)
		if err != nil {
			return fmt.Errorf("load %s: %w", name, err)
		}
		shared[f.Name] = sharedPiece{piece{f.Name, query, f.Columns, f.Function}, f.With, parameters}
	}
	return nil
}

func loadReport(source fs.FS, name string, shared map[string]sharedPiece) (*Report, error) {
	f, query, err := readFile(source, name)
	if err != nil {
		return nil, err
	}
	if f.Name+".sql" != name || !isReportName(f.Name) {
		return nil, fmt.Errorf("its name %q is not that of the file (lower-case letters, digits and dashes)", f.Name)
	}
	r := &Report{
		Name: f.Name, Title: f.Title, Question: f.Question, Section: f.Section,
		Definition: folded(f.Definition), Lang: englishName,
		Grains: f.Grains, Order: f.Order, Chart: f.Chart, Pivot: f.Pivot, columns: f.Columns, query: query,
		Personal: f.Personal, Parts: f.Parts, unique: f.Unique, people: f.People,
	}
	own, err := declaredParameters(f)
	if err != nil {
		return nil, err
	}
	r.Parameters = append(builtinParameters(f.Grains), own...)
	if r.Dimensions, err = decodeItems("dimensions", f.Dimensions, func(d *Dimension, name string) { d.Name = name }); err != nil {
		return nil, err
	}
	if r.Measures, err = decodeItems("measures", f.Measures, func(m *Measure, name string) { m.Name = name }); err != nil {
		return nil, err
	}
	if err := r.build(f.With, shared, nil); err != nil {
		return nil, err
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	return r, nil
}

// folded is a text of several lines as one.
func folded(text string) string { return strings.Join(strings.Fields(text), " ") }

// build puts the pieces that names ask for before the report, each after those it needs.
func (r *Report) build(names []string, shared map[string]sharedPiece, above []string) error {
	for _, name := range names {
		if slices.Contains(above, name) {
			return fmt.Errorf("with: %s builds on itself", strings.Join(append(above, name), " → "))
		}
		s, ok := shared[name]
		if !ok {
			return fmt.Errorf("with: there is no piece %q in the folder %s", name, sharedFolder)
		}
		if slices.ContainsFunc(r.pieces, func(p piece) bool { return p.name == name }) {
			continue
		}
		if err := r.build(s.with, shared, append(slices.Clone(above), name)); err != nil {
			return err
		}
		r.pieces = append(r.pieces, s.piece)
		for _, p := range s.parameters {
			if _, taken := r.Parameter(p.Name); taken {
				return fmt.Errorf("with: the parameter %q of %s is declared twice", p.Name, name)
			}
			r.Parameters = append(r.Parameters, p)
		}
	}
	return nil
}

func declaredParameters(f *front) ([]Parameter, error) {
	parameters, err := decodeItems("parameters", f.Parameters, func(p *Parameter, name string) { p.Name = name })
	if err != nil {
		return nil, err
	}
	for _, p := range parameters {
		if err := p.check(); err != nil {
			return nil, err
		}
	}
	return parameters, nil
}

func readFile(source fs.FS, name string) (*front, string, error) {
	raw, err := fs.ReadFile(source, name)
	if err != nil {
		return nil, "", fmt.Errorf("read: %w", err)
	}
	matter, query, err := splitFile(string(raw))
	if err != nil {
		return nil, "", err
	}
	f, err := parseFront(matter)
	return f, query, err
}
