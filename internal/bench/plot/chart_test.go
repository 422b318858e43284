package plot_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/turnout/turnout/internal/bench/plot"
)

func chart() plot.Chart {
	return plot.Chart{
		Title: "Drain <by> tenants", XLabel: "tenants", YLabel: "events/s", LogX: true, Target: 130_000, TargetName: "target",
		Series: []plot.Series{
			{Name: "one & all", X: []float64{1, 10, 1000}, Y: []float64{150_000, 140_000, 90_000}},
			{Name: "other", X: []float64{1, 1000}, Y: []float64{1000, 2000}},
		},
	}
}

func TestADrawingIsWholeAndHoldsItsTexts(t *testing.T) {
	drawn, err := chart().SVG()
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	paths := 0
	decoder := xml.NewDecoder(strings.NewReader(string(drawn)))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the drawing is no XML: %v", err)
		}
		switch part := token.(type) {
		case xml.CharData:
			texts = append(texts, string(part))
		case xml.StartElement:
			for _, attribute := range part.Attr {
				if attribute.Name.Local == "class" && attribute.Value == "line" {
					paths++
				}
			}
		}
	}
	all := strings.Join(texts, "|")
	for _, want := range []string{"Drain <by> tenants", "one & all", "events/s", "tenants", "1k", "1M", "target", "prefers-color-scheme:dark"} {
		if !strings.Contains(all, want) {
			t.Errorf("the drawing lacks %q", want)
		}
	}
	if paths != 2 {
		t.Errorf("%d lines were drawn, want 2", paths)
	}
	if strings.Contains(string(drawn), "NaN") || strings.Contains(string(drawn), "ZgotmplZ") {
		t.Errorf("the drawing has a place that is no number, or a text that was refused:\n%s", drawn)
	}
}

func TestWhatCannotBeDrawnIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(*plot.Chart){
		"no series":   func(c *plot.Chart) { c.Series = nil },
		"uneven":      func(c *plot.Chart) { c.Series[0].Y = c.Series[0].Y[:1] },
		"backwards":   func(c *plot.Chart) { c.Series[0].X = []float64{3, 2, 1} },
		"log of zero": func(c *plot.Chart) { c.Series[0].X = []float64{0, 2, 3} },
		"below zero":  func(c *plot.Chart) { c.Series[0].Y[0] = -1 },
		"five series": func(c *plot.Chart) {
			for len(c.Series) < 5 {
				c.Series = append(c.Series, c.Series[0])
			}
		},
	} {
		spoiled := chart()
		spoil(&spoiled)
		if drawn, err := spoiled.SVG(); err == nil {
			t.Errorf("%s: drawn as %.60s", name, drawn)
		}
	}
}

func TestShort(t *testing.T) {
	for value, want := range map[float64]string{0: "0", 1: "1", 12.5: "12.5", 0.25: "0.25", 1500: "1.5k", 100_000: "100k", 1e7: "10M", 3.5e9: "3.5G"} {
		if got := plot.Short(value); got != want {
			t.Errorf("Short(%v) = %q, want %q", value, got, want)
		}
	}
}
