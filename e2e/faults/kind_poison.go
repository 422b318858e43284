package faults

import (
	"context"
	"fmt"
	"time"
)

// poisonRows are events that pass every check and that only ClickHouse refuses: a constraint on the log, made for the round, stands for
// whatever a table of its own may not want.
func poisonRows() Kind {
	return Kind{
		Name: "poison-rows", Does: "valid events that ClickHouse alone refuses, in packs with good ones", Heal: "nothing: they become dead letters, the others are in",
		Cheap: true,
		Prepare: func(ctx context.Context, r *Round) error {
			if _, err := r.House.Query(ctx, "ALTER TABLE events ADD CONSTRAINT IF NOT EXISTS faults CHECK NOT startsWith(id, 'poison')"); err != nil {
				return err
			}
			good := r.Work.Items
			for n := range r.Chance(2, 8) {
				tenant := r.Work.Tenants[r.Chance(0, len(r.Work.Tenants)-1)]
				send := &Send{Way: []Way{HTTPLines, HTTPBatch, NATSPack}[r.Chance(0, 2)], Stubborn: true}
				for i := range r.Chance(1, 4) {
					id := fmt.Sprintf("poison-%d-%d-%d", r.Seed, n, i)
					raw := event(tenant, id, "attendance.recorded.v1", time.Date(2022, 5, 1+n, 12, 0, 0, 0, time.UTC), "",
						fmt.Sprintf(`{"gathering_id":"poisoned","person_id":%q,"present":true,"role":"participant","method":"qr"}`, id))
					item, err := r.Work.Item(tenant, id, raw, Letter)
					if err != nil {
						return err
					}
					send.Items = append(send.Items, item)
				}
				for _, item := range good { // some that are there anyway, once more
					if item.Tenant == tenant && item.Fate == Counts && r.Chance(0, 9) == 0 && len(send.Items) < 50 {
						send.Items = append(send.Items, item)
					}
				}
				r.Random.Shuffle(len(send.Items), func(i, j int) { send.Items[i], send.Items[j] = send.Items[j], send.Items[i] })
				r.Work.Add(send)
			}
			return nil
		},
		Check: func(ctx context.Context, r *Round) []string {
			if _, err := r.House.Query(ctx, "ALTER TABLE events DROP CONSTRAINT IF EXISTS faults"); err != nil {
				return []string{err.Error()}
			}
			return nil
		},
	}
}
