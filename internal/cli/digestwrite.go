package cli

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/turnout/turnout/dashboards/export"
)

//go:embed digest.html.tmpl
var digestTemplate string

// Lines are what the page says about itself below its title.
func (p *digestPage) Lines() []string {
	var lines []string
	if p.Open {
		lines = append(lines, p.Words.open)
	}
	if p.Shareable {
		lines = append(lines, p.Words.shareable)
	}
	return append(lines, p.Words.asOf+" "+p.AsOf+" · "+p.Words.zone+" "+p.Zone+" · "+p.Words.absent)
}

// Heading is the page's title.
func (p *digestPage) Heading() string { return p.Words.title + ": " + p.Tenant + ", " + p.Period }

// DefinitionsTitle heads the definitions.
func (p *digestPage) DefinitionsTitle() string { return p.Words.definitions }

// ReportWord is the word for a report.
func (p *digestPage) ReportWord() string { return p.Words.reports }

func (p *digestPage) markdown(w io.Writer) error {
	var out strings.Builder
	out.WriteString("# " + export.Escape(p.Heading()) + "\n\n")
	for _, line := range p.Lines() {
		out.WriteString(export.Escape(line) + "\n")
	}
	for _, s := range p.Sections {
		out.WriteString("\n## " + export.Escape(s.Title) + "\n\n")
		if len(s.Rows) > 0 {
			export.WriteTable(&out, s.Heads, s.Right, s.Rows)
		}
		for _, note := range s.Notes {
			out.WriteString(export.Escape(note) + "\n")
		}
	}
	out.WriteString("\n## " + export.Escape(p.Words.definitions) + "\n\n")
	for _, d := range p.Definitions {
		out.WriteString("- **" + export.Escape(d.Label) + ":** " + export.Escape(d.Text) + "\n")
	}
	return p.write(w, out.String())
}

// html writes a page that needs nothing else and prints well. html/template escapes what the reports say.
func (p *digestPage) html(w io.Writer) error {
	page, err := template.New("digest").Parse(digestTemplate)
	if err != nil {
		return fmt.Errorf("read the digest's template: %w", err)
	}
	var out bytes.Buffer
	if err := page.Execute(&out, p); err != nil {
		return fmt.Errorf("fill in the digest: %w", err)
	}
	return p.write(w, out.String())
}
