package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/turnout/turnout/internal/bench/plot"
)

// Curve is a figure over something that grows, for a picture and a table.
type Curve struct {
	Name   string  `json:"name"` // also its picture's
	Title  string  `json:"title"`
	XLabel string  `json:"x"`
	YLabel string  `json:"y"` // what the points' Y are, with the unit
	Target float64 `json:"target,omitempty"`
	Points []Point `json:"points"`
	// Notes say what could not be measured, and why.
	Notes []string `json:"notes,omitempty"`
}

// Point of a Curve.
type Point struct {
	X      float64 `json:"x"`
	Y      float64 `json:"y"`
	Series string  `json:"series,omitempty"`
	// Beside are other figures of the same measurement, by what they are with their unit: for the table, not for the picture.
	Beside map[string]float64 `json:"beside,omitempty"`
}

// series are the names of a curve's lines, in the order of their first points.
func (c *Curve) series() []string {
	var names []string
	for _, p := range c.Points {
		if !slices.Contains(names, p.Series) {
			names = append(names, p.Series)
		}
	}
	return names
}

// beside are the names of what was measured as well, sorted.
func (c *Curve) beside() []string {
	var names []string
	for _, p := range c.Points {
		for name := range p.Beside {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// chart is the picture. What grows by factors is drawn on logarithms.
func (c *Curve) chart() plot.Chart {
	drawn := plot.Chart{Title: c.Title, XLabel: c.XLabel, YLabel: c.YLabel, Target: c.Target, TargetName: "target"}
	for _, name := range c.series() {
		line := plot.Series{Name: name}
		for _, p := range c.Points {
			if p.Series == name {
				line.X, line.Y = append(line.X, p.X), append(line.Y, p.Y)
			}
		}
		drawn.Series = append(drawn.Series, line)
	}
	const far = 10
	xs := drawn.Series[0].X
	drawn.LogX = xs[0] > 0 && xs[len(xs)-1]/xs[0] >= far
	return drawn
}

// curves are the parts that --full adds, each a folder of its own that is gone when it is measured.
func curves() []section {
	return []section{
		{"backlog", 90, (*run).backlogCurve},
		{"tenants", 45, (*run).tenantCurve},
		{"types", 40, (*run).typeCurve},
		{"sizes", 30, (*run).sizeCurve},
		{"consumers", 50, (*run).consumerCurve},
		{"facts", 480, (*run).factCurve},
		{"federation", 270, (*run).federationCurve},
	}
}

func isCurve(name string) bool {
	return slices.ContainsFunc(curves(), func(s section) bool { return s.name == name })
}

// giveUp makes room for the next curve after one that failed.
func (r *run) giveUp(name string) error {
	if r.dir == "" {
		return nil
	}
	r.watch.look(true)
	r.args = nil
	if err := r.stopHouse(); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(r.dir, name)); err != nil {
		return fmt.Errorf("remove a folder: %w", err)
	}
	return nil
}
