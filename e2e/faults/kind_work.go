package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
)

// crashRolling kills the program while it recomputes rollups.
func crashRolling() Kind {
	return crashAt("during-rollup", "between a recomputation of rollups and its acknowledgement")
}

// crashRebuilding rebuilds facts and rollups from the log while events come in, and kills the program within.
func crashRebuilding() Kind {
	return Kind{
		Name: "crash-during-rebuild", Does: "a third of a community's facts and rollups are taken away, and the program dies within `turnout rebuild` while events come in", Heal: "it is started again; the rebuild is run again",
		Cheap: true,
		Prepare: func(ctx context.Context, r *Round) error {
			return r.House.Restart(ctx, "TURNOUT_CRASHPOINT=during-rebuild")
		},
		Break: func(ctx context.Context, r *Round) error {
			if err := r.Until(ctx, float64(r.Chance(20, 80))/100); err != nil {
				return err
			}
			if err := r.damage(ctx); err != nil {
				return err
			}
			said, err := r.House.Command(ctx, "rebuild", "facts", "rollups")
			r.Notef("rebuild: %s %v", said, err)
			return awaitCrash(ctx, r)
		},
		Settle: func(ctx context.Context, r *Round) error { return r.must(ctx, "rebuild", "facts", "rollups") },
	}
}

// fewFacts are enough to take a third away.
const fewFacts = 10

// damage takes facts and rollups away behind Turnout's back, once there are some.
func (r *Round) damage(ctx context.Context) error {
	err := await(ctx, drainLimit, "some facts to take away", func(ctx context.Context) error {
		rows, err := r.House.Query(ctx, fmt.Sprintf("SELECT count() >= %d FROM facts FINAL WHERE tenant = '%s'", fewFacts, r.Work.Tenants[0]))
		if err == nil && rows[0][0] != "1" {
			err = errors.New("there are too few")
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, table := range []string{"facts", "rollup_months"} {
		hashed := map[string]string{"facts": "kh", "rollup_months": "month"}[table]
		sql := fmt.Sprintf("ALTER TABLE %s DELETE WHERE tenant = '%s' AND cityHash64(%s) %% 3 = 0 SETTINGS mutations_sync = 1", table, r.Work.Tenants[0], hashed)
		if _, err := r.House.Query(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

// replayAll reads the whole stream again while events come in.
func replayAll() Kind {
	return Kind{
		Name: "replay", Does: "`turnout replay --from 1` while events come in: everything is stored again", Heal: "nothing", Cheap: true,
		Break: func(ctx context.Context, r *Round) error {
			if err := r.Until(ctx, float64(r.Chance(20, 80))/100); err != nil {
				return err
			}
			return r.must(ctx, "replay", "--from", "1")
		},
	}
}

// must runs a command of the operator that has to work.
func (r *Round) must(ctx context.Context, args ...string) error {
	if _, err := r.House.Command(ctx, args...); err != nil {
		r.Wrongf("%v", err)
	}
	return nil
}

// crashErasing forgets a person while events of theirs come in, and kills the program within.
func crashErasing() Kind {
	return Kind{
		Name: "crash-during-erasure", Does: "the program dies within the erasure of a person whose events still come in", Heal: "it is started again and finishes the erasure",
		Cheap: true,
		Prepare: func(ctx context.Context, r *Round) error {
			return r.House.Restart(ctx, fmt.Sprintf("TURNOUT_CRASHPOINT=during-erasure:%d", r.Chance(1, 10)))
		},
		Break: func(ctx context.Context, r *Round) error {
			if err := r.Until(ctx, float64(r.Chance(20, 80))/100); err != nil {
				return err
			}
			tenant, person := r.Work.Tenants[0], fmt.Sprintf("p%d", r.Chance(8, 9)) // nobody merges these
			r.Work.Forget(tenant, person)
			said, err := r.House.Command(ctx, eraseCommand(tenant, person)...)
			r.Notef("erase %s of %s: %s %v", person, tenant, said, err)
			return awaitCrash(ctx, r)
		},
		Settle: func(ctx context.Context, r *Round) error {
			return r.must(ctx, eraseCommand(r.Work.forgotten.tenant, r.Work.forgotten.id)...)
		},
	}
}

func eraseCommand(tenant, person string) []string {
	return []string{"member", "erase", person, "--tenant", tenant, "--basis", "gdpr-17-1-b", "--request", "rq-" + person, "--yes"}
}

// Forget makes the events of a person such as must be nowhere in the end.
func (w *Work) Forget(tenant, person string) {
	w.forgotten = named{tenant, person}
	for _, item := range w.Items {
		var envelope struct {
			Data said `json:"data"`
		}
		if item.Tenant == tenant && json.Unmarshal(item.Raw, &envelope) == nil && envelope.Data.Person == person {
			item.Fate = Gone
		}
	}
}

// crashBackup kills `turnout backup`, then takes a backup to the end, and restores it beside the house.
func crashBackup() Kind {
	return Kind{
		Name: "crash-during-backup", Does: "`turnout backup` dies in the middle, and the next one is taken while events come in and restored", Heal: "nothing: the pipeline goes on",
		Break: func(ctx context.Context, r *Round) error {
			if err := r.Until(ctx, float64(r.Chance(20, 80))/100); err != nil {
				return err
			}
			point := []string{"during-backup:1", "during-backup:4", "during-backup:8", "before-manifest:1"}[r.Random.IntN(4)]
			_, err := r.House.CommandWith(ctx, []string{"TURNOUT_CRASHPOINT=" + point}, "backup", r.backup("cut"))
			r.Missed = err == nil
			if _, err := r.House.Command(ctx, "backup", "verify", r.backup("cut")); err == nil && !r.Missed {
				r.Wrongf("a backup that was cut off passes for a whole one")
			}
			return r.must(ctx, "backup", r.backup("live"))
		},
		Check: checkRestored,
	}
}

func (r *Round) backup(name string) string {
	return filepath.Join(filepath.Dir(r.House.Dir), fmt.Sprintf("backup-%d-%s", r.Number, name))
}

// checkRestored takes a backup of what was counted, restores it, and counts again there.
func checkRestored(ctx context.Context, r *Round) []string {
	if err := r.restore(ctx); err != nil {
		return []string{err.Error()}
	}
	return nil
}

func (r *Round) restore(ctx context.Context) error {
	live := r.House
	if _, err := live.Command(ctx, "backup", r.backup("last")); err != nil {
		return err
	}
	folder := r.backup("restored")
	if _, err := live.Command(ctx, "restore", r.backup("last"), "--data", filepath.Join(folder, "data")); err != nil {
		return err
	}
	restored, err := OpenHouse(ctx, live.Binary, folder)
	if err != nil {
		return err
	}
	r.House = restored
	defer func() { r.House = live }()
	seen, err := r.observe(ctx)
	if err == nil {
		v := r.judge(seen)
		r.audit(ctx, v)
		if !v.Clean() {
			err = fmt.Errorf("the restored house: %s: %q", v, v.Details)
		}
	}
	if failed := restored.Close(); err == nil {
		err = failed
	}
	return err
}
