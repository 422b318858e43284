package plot

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// axis turns values into places.
type axis struct {
	low, high float64 // values at its ends; logarithms when log
	from, to  float64 // places of its ends
	log       bool
	steps     int // between the ticks' ends; unless log
}

func (a axis) at(value float64) float64 {
	if a.log {
		value = math.Log10(value)
	}
	if a.high == a.low {
		return (a.from + a.to) / 2
	}
	return math.Round(10*(a.from+(value-a.low)/(a.high-a.low)*(a.to-a.from))) / 10
}

// steep is from which range on small values would be lost on an axis that begins at 0.
const steep = 40

// axes gives x room for its marks, and y from 0 on, or logarithms where the values differ much.
func (c Chart) axes() (x, y axis) {
	const inset = 24
	points := c.points()
	x = axis{low: points[0], high: points[len(points)-1], from: left + inset, to: right - inset, log: c.LogX}
	if x.log {
		x.low, x.high = math.Log10(x.low), math.Log10(x.high)
	}
	var values []float64
	for _, series := range c.Series {
		values = append(values, series.Y...)
	}
	if c.Target > 0 {
		values = append(values, c.Target)
	}
	low, high := slices.Min(values), slices.Max(values)
	y = axis{from: bottom, to: top}
	y.high, y.steps = nice(high)
	if low > 0 && high/low > steep {
		y.log, y.low, y.high = true, math.Floor(math.Log10(low)), math.Ceil(math.Log10(high))
	}
	return x, y
}

// nice is the smallest of a few times a power of ten that is not below the value, and into how many steps it parts well.
func nice(value float64) (high float64, steps int) {
	if value <= 0 {
		return 1, 1
	}
	power := math.Pow(10, math.Floor(math.Log10(value)))
	for _, round := range []struct {
		times float64
		steps int
	}{{1, 5}, {1.5, 3}, {2, 4}, {3, 3}, {4, 4}, {5, 5}, {6, 3}, {8, 4}} {
		if round.times*power >= value {
			return round.times * power, round.steps
		}
	}
	return 10 * power, 5
}

func (a axis) ticks() []float64 {
	var values []float64
	if a.log {
		for exponent := a.low; exponent <= a.high; exponent++ {
			values = append(values, math.Pow(10, exponent))
		}
		return values
	}
	for i := range a.steps + 1 {
		values = append(values, a.low+(a.high-a.low)*float64(i)/float64(a.steps))
	}
	return values
}

// Short writes a number for people who look at a picture: 1500 is 1.5k, 10000000 is 10M.
func Short(value float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if math.Abs(value) >= unit.size {
			return trim(value/unit.size) + unit.name
		}
	}
	return trim(value)
}

func trim(value float64) string {
	text := strconv.FormatFloat(value, 'f', 2, 64)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}
