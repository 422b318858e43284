package audit

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Collector gives what the last audit found as metrics. Before the first audit it gives none.
type Collector struct {
	records                       *Records
	ok, differing, success, taken *prometheus.Desc
}

// NewCollector makes a Collector of the records.
func NewCollector(records *Records) *Collector {
	return &Collector{
		records:   records,
		ok:        prometheus.NewDesc("turnout_audit_ok", "1 when the last audit found nothing that differs, else 0.", nil, nil),
		differing: prometheus.NewDesc("turnout_audit_differences", "What the last audit found to differ, by kind.", []string{"kind"}, nil),
		success: prometheus.NewDesc("turnout_audit_last_success_timestamp_seconds",
			"When the last audit finished that found nothing that differs.", nil, nil),
		taken: prometheus.NewDesc("turnout_audit_duration_seconds", "How long the last audit took.", nil, nil),
	}
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{c.ok, c.differing, c.success, c.taken} {
		out <- desc
	}
}

// readAtMost bounds a scrape's look at the record.
const readAtMost = 2 * time.Second

// Collect implements prometheus.Collector.
func (c *Collector) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), readAtMost)
	defer cancel()
	last, err := c.records.Last(ctx)
	if err != nil || last == nil {
		return
	}
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
	ok := 0.0
	if last.OK() {
		ok = 1
	}
	gauge(c.ok, ok)
	gauge(c.taken, last.Seconds)
	if !last.Succeeded.IsZero() {
		gauge(c.success, float64(last.Succeeded.Unix()))
	}
	for _, kind := range Kinds() {
		gauge(c.differing, float64(last.Counts[kind]), kind)
	}
}
