package rollups_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/turnout/turnout/consumers/consumerstest"
	"github.com/turnout/turnout/internal/warehouse"
)

// spoilt stands before the real warehouse, notes who was recomputed and breaks where a test says so.
type spoilt struct {
	*warehouse.Rollups
	before func(within warehouse.Months, tenants []string) error
	after  func(ctx context.Context) error

	mu    sync.Mutex
	times map[string]int
	most  int
}

func (s *spoilt) Recompute(ctx context.Context, zone string, within warehouse.Months, of ...warehouse.Rollup) error {
	names := make([]string, len(of))
	s.mu.Lock()
	if s.times == nil {
		s.times = map[string]int{}
	}
	for i, one := range of {
		names[i] = one.Tenant
		s.times[one.Tenant]++
	}
	s.most = max(s.most, len(of))
	s.mu.Unlock()
	if s.before != nil {
		if err := s.before(within, names); err != nil {
			return err
		}
	}
	if err := s.Rollups.Recompute(ctx, zone, within, of...); err != nil {
		return err
	}
	if s.after != nil {
		return s.after(ctx)
	}
	return nil
}

func (s *spoilt) count(tenant string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.times[tenant]
}

// One community changes without pause; the others change once and are served all the same, and it, too, is served now and then.
func TestAFloodDoesNotStarveOthers(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	cfg := h.config()
	cfg.MaxTenants, cfg.Rest = 3, 200*time.Millisecond
	house := &spoilt{Rollups: h.rollups}
	cfg.Warehouse = house
	h.start(cfg)
	quiet := tenantsOf("quiet", 20)
	flooding, stop := context.WithCancel(t.Context())
	touches := 0
	var flood sync.WaitGroup
	flood.Go(func() {
		for flooding.Err() == nil {
			if h.dirty.Touch(flooding, "flood") == nil {
				touches++
			}
		}
	})
	h.note(quiet...)
	consumerstest.Eventually(t, "everyone is served while the flood lasts", func() bool {
		for _, tenant := range append(quiet, "flood") {
			if house.count(tenant) == 0 {
				return false
			}
		}
		return house.count("flood") >= 3
	})
	stop()
	flood.Wait()
	if served := house.count("flood"); served > touches/2 {
		t.Errorf("%d recomputations for %d notes: the flood was not throttled", served, touches)
	}
	if house.most > cfg.MaxTenants {
		t.Errorf("%d communities in one statement", house.most)
	}
}

// What ClickHouse refuses for one community holds up nobody else, and is tried again.
func TestARefusedCommunityHoldsUpNobody(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	var refuse sync.Map
	refuse.Store("bad", true)
	cfg := h.config()
	registry := prometheus.NewRegistry()
	cfg.Registerer = registry
	cfg.Warehouse = &spoilt{Rollups: h.rollups, before: func(_ warehouse.Months, tenants []string) error {
		for _, tenant := range tenants {
			if _, found := refuse.Load(tenant); found {
				return fmt.Errorf("send: %w", &clickhouse.Exception{Code: 241, Message: "memory limit exceeded"})
			}
		}
		return nil
	}}
	all := append(tenantsOf("good", 5), "bad")
	for _, tenant := range all {
		h.store(attendance(tenant, "g1", "p1", "2024-05-27T18:00:00Z", 0))
	}
	h.note(all...)
	h.start(cfg)
	h.computed(all[:5]...)
	h.Expect("SELECT count() FROM rollup_months WHERE tenant = 'bad'", "0")
	refuse.Delete("bad")
	h.computed("bad")
	if problems, err := testutil.GatherAndLint(registry); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
	consumerstest.Eventually(t, "nothing waits", func() bool {
		families, err := registry.Gather()
		consumerstest.Must(t, err)
		for _, family := range families {
			if name := family.GetName(); name == "turnout_rollup_lag_seconds" || name == "turnout_rollup_tenants_pending" {
				if family.GetMetric()[0].GetGauge().GetValue() != 0 {
					return false
				}
			}
		}
		return true
	})
}

// A statement that takes more memory than there is gives way to shorter ones.
func TestWhatTakesTooMuchMemoryIsCutUp(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for month := range 8 {
		h.store(attendance("acme", fmt.Sprint("g", month), "p1", fmt.Sprintf("2024-%02d-27T18:00:00Z", month+1), 0),
			attendance("acme", fmt.Sprint("g", month), "p2", fmt.Sprintf("2024-%02d-27T18:00:00Z", month+1), 0))
	}
	cfg := h.config()
	cfg.MaxFacts = 1000
	cfg.Warehouse = &spoilt{Rollups: h.rollups, before: func(within warehouse.Months, _ []string) error {
		if within == (warehouse.Months{}) {
			return &clickhouse.Exception{Code: 241, Message: "memory limit exceeded"}
		}
		return nil
	}}
	h.note("acme")
	h.start(cfg)
	h.computed("acme")
	h.sound("acme")
}

// Communities of many facts do not go into one statement: that bounds the memory of the warehouse.
func TestAStatementIsBoundedByFacts(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	names := []string{"acme", "beta", "gamma"}
	for _, tenant := range names {
		for person := range 10 {
			h.store(attendance(tenant, "g", fmt.Sprint("p", person), "2024-05-27T18:00:00Z", 0))
		}
	}
	cfg := h.config()
	cfg.Together = 25
	spoilt := &spoilt{Rollups: h.rollups}
	cfg.Warehouse = spoilt
	for _, tenant := range names {
		h.note(tenant)
	}
	h.start(cfg)
	for _, tenant := range names {
		h.computed(tenant)
		h.sound(tenant)
	}
	spoilt.mu.Lock()
	defer spoilt.mu.Unlock()
	if spoilt.most > 2 {
		t.Errorf("%d communities of 10 facts went into one statement, which may take 25", spoilt.most)
	}
}
