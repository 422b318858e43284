package app

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/prometheus/client_golang/prometheus"
)

const (
	// activityPause is the least time between two counts.
	activityPause = 5 * time.Second
	// activityShare bounds what counting costs: a count that took a second is followed by twenty of rest.
	activityShare = 20
	// activityTimeout bounds one count.
	activityTimeout = time.Minute
)

// activity counts the current facts by type: the gatherings, attendances, registrations
// and so on that the warehouse knows, whichever way they came, each once. Counting reads
// all facts, so that it is done beside the scrapes: a scrape tells the count before, and
// asks for the next one. When the last count failed nothing is told.
type activity struct {
	query func(context.Context, string, ...any) (driver.Rows, error)
	facts *prometheus.Desc
	due   chan struct{}

	mu     sync.Mutex
	counts map[string]uint64
}

func newActivity(query func(context.Context, string, ...any) (driver.Rows, error)) *activity {
	return &activity{
		query: query, due: make(chan struct{}, 1),
		facts: prometheus.NewDesc("turnout_facts", "Facts that hold now, by event type: corrected ones once, voided ones not.", []string{"type"}, nil),
	}
}

// Describe implements prometheus.Collector.
func (a *activity) Describe(descriptions chan<- *prometheus.Desc) { descriptions <- a.facts }

// Collect implements prometheus.Collector.
func (a *activity) Collect(metrics chan<- prometheus.Metric) {
	select {
	case a.due <- struct{}{}:
	default: // a count is asked for already
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for typ, count := range a.counts {
		metrics <- prometheus.MustNewConstMetric(a.facts, prometheus.GaugeValue, float64(count), typ)
	}
}

// run counts when a scrape has asked for it, until ctx ends.
func (a *activity) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.due:
		}
		began := time.Now()
		counts, err := a.count(ctx)
		if err != nil {
			counts = nil
		}
		a.mu.Lock()
		a.counts = counts
		a.mu.Unlock()
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(activityPause, activityShare*time.Since(began))):
		}
	}
}

func (a *activity) count(ctx context.Context) (map[string]uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, activityTimeout)
	defer cancel()
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"max_threads": 1}))
	rows, err := a.query(ctx, "SELECT toString(type), count() FROM facts FINAL WHERE NOT voided GROUP BY type")
	if err != nil {
		return nil, fmt.Errorf("count the facts: %w", err)
	}
	defer func() { _ = rows.Close() }()
	counts := map[string]uint64{}
	for rows.Next() {
		var typ string
		var count uint64
		if err := rows.Scan(&typ, &count); err != nil {
			return nil, fmt.Errorf("read a count of facts: %w", err)
		}
		counts[typ] = count
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the counts of facts: %w", err)
	}
	return counts, nil
}
