package plot

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"slices"
)

// Series is one line: as many X as Y, X growing.
type Series struct {
	Name string
	X, Y []float64
}

// Chart is some lines over the same axes.
type Chart struct {
	Title          string
	XLabel, YLabel string // what is measured, with its unit
	LogX           bool   // needs X above 0
	Series         []Series
	// Target is a value of y to be compared with, drawn as a broken line; 0 is none.
	Target     float64
	TargetName string
}

const (
	width, height       = 720.0, 400.0
	left, right         = 72.0, 696.0
	top, bottom         = 92.0, 338.0
	mostSeries          = 4
	legendFrom          = 54.0
	textBelow, textBack = 20.0, 4.0
)

//go:embed chart.svg.tmpl
var drawing string

// SVG draws the chart.
func (c Chart) SVG() ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("draw %q: %w", c.Title, err)
	}
	form, err := template.New("chart").Parse(drawing)
	if err != nil {
		return nil, fmt.Errorf("read the drawing: %w", err)
	}
	var out bytes.Buffer
	if err := form.Execute(&out, c.lay()); err != nil {
		return nil, fmt.Errorf("draw %q: %w", c.Title, err)
	}
	return out.Bytes(), nil
}

func (c Chart) check() error {
	if len(c.Series) == 0 || len(c.Series) > mostSeries {
		return fmt.Errorf("it has %d series; 1 to %d can be told apart", len(c.Series), mostSeries)
	}
	for _, series := range c.Series {
		if len(series.X) == 0 || len(series.X) != len(series.Y) {
			return fmt.Errorf("%s has %d x and %d y", series.Name, len(series.X), len(series.Y))
		}
		if !slices.IsSorted(series.X) {
			return fmt.Errorf("the x of %s do not grow", series.Name)
		}
		if c.LogX && series.X[0] <= 0 {
			return errors.New("a logarithm needs x above 0")
		}
		if slices.Min(series.Y) < 0 {
			return fmt.Errorf("%s has a y below 0", series.Name)
		}
	}
	return nil
}

// label is a text at its place.
type label struct {
	Y     float64
	Label string
}

// tick is a value on an axis.
type tick struct {
	At   float64
	Text label
}

// line is a series as drawn.
type line struct {
	Class int
	Path  string
	Marks []string
}

// entry is a line of the legend.
type entry struct {
	Class int
	X     float64
	Mark  string
	Text  string
}

type size struct{ Width, Height float64 }

// layout is everything that the drawing needs, in its own coordinates.
type layout struct {
	Title, XLabel, YLabel              string
	Width, Height, Left, Right, Bottom float64
	TickX, XLabelY, YLabelY            float64
	Inner                              size
	Legend                             []entry
	XTicks, YTicks                     []tick
	Target                             *tick
	Lines                              []line
}

func (c Chart) lay() layout {
	x, y := c.axes()
	l := layout{
		Title: c.Title, XLabel: c.XLabel, YLabel: c.YLabel, Width: width, Height: height, Left: left, Right: right, Bottom: bottom,
		TickX: left - 2*textBack, XLabelY: bottom + 2*textBelow, YLabelY: top - 2*textBack, Inner: size{width - 1, height - 1},
	}
	for _, value := range c.points() {
		l.XTicks = append(l.XTicks, tick{At: x.at(value), Text: label{bottom + textBelow, Short(value)}})
	}
	for _, value := range y.ticks() {
		at := y.at(value)
		l.YTicks = append(l.YTicks, tick{At: at, Text: label{at + textBack, Short(value)}})
	}
	if c.Target > 0 {
		at := y.at(c.Target)
		l.Target = &tick{At: at, Text: label{at - textBack - 1, c.TargetName}}
	}
	from := left
	for i, series := range c.Series {
		l.Lines = append(l.Lines, drawLine(i, series, x, y))
		if len(c.Series) == 1 {
			break // the axis says what it is
		}
		l.Legend = append(l.Legend, entry{Class: i, X: from + 12, Mark: mark(i, from+4, legendFrom-textBack), Text: series.Name})
		from += 34 + 6.6*float64(len([]rune(series.Name)))
	}
	return l
}

// points are the x of all series: few enough to be the ticks.
func (c Chart) points() []float64 {
	var all []float64
	for _, series := range c.Series {
		all = append(all, series.X...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func drawLine(class int, series Series, x, y axis) line {
	drawn := line{Class: class}
	for i := range series.X {
		px, py := x.at(series.X[i]), y.at(series.Y[i])
		verb := "L"
		if i == 0 {
			verb = "M"
		}
		drawn.Path += fmt.Sprintf("%s%.1f %.1f", verb, px, py)
		drawn.Marks = append(drawn.Marks, mark(class, px, py))
	}
	return drawn
}

// mark draws a disc, a square, a triangle or a diamond, so that colour is not all that tells lines apart.
func mark(class int, x, y float64) string {
	switch class {
	case 0:
		return fmt.Sprintf("M%.1f %.1fa5 5 0 1 0 10 0a5 5 0 1 0 -10 0Z", x-5, y)
	case 1:
		return fmt.Sprintf("M%.1f %.1fh9v9h-9Z", x-4.5, y-4.5)
	case 2:
		return fmt.Sprintf("M%.1f %.1fl6 10h-12Z", x, y-6)
	default:
		return fmt.Sprintf("M%.1f %.1fl6 6l-6 6l-6 -6Z", x, y-6)
	}
}
