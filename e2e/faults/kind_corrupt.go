package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// corruptStream flips a bit in a file of the stream EVENTS while nothing runs. What it held was stored before, so that no figure may
// change; the audit must tell what the stream has lost; and events that come later must arrive.
func corruptStream() Kind {
	return Kind{
		Name: "corrupt-stream", Does: "one bit of the stream's files is flipped while the program is down", Heal: "nothing: figures stay, later events arrive, the audit tells the loss",
		Alone: true, Damages: true,
		Settle: func(ctx context.Context, r *Round) error {
			if err := r.House.Drained(ctx); err != nil {
				return err
			}
			before, err := r.House.read(ctx, r.firstSeq)
			if err != nil {
				return err
			}
			if err := r.down(); err != nil {
				return err
			}
			if err := r.flip(filepath.Join(r.House.Dir, "nats", "jetstream", "*", "streams", "EVENTS", "msgs", "*.blk")); err != nil {
				return err
			}
			if err := r.House.Restart(ctx); err != nil {
				return err
			}
			if err := r.later(ctx); err != nil {
				return err
			}
			if err := r.House.Drained(ctx); err != nil {
				return err
			}
			return r.recall(ctx, before)
		},
	}
}

// down stops the program, in order or as a crash does.
func (r *Round) down() error {
	if r.Chance(0, 1) == 0 {
		r.Notef("killed")
		r.House.KillEngine()
		r.House.Program.Kill()
		return nil
	}
	r.Notef("stopped")
	return r.House.Program.Stop(stopLimit)
}

// flip changes one bit of one of the files, each byte of all of them as likely as any other.
func (r *Round) flip(patterns ...string) error {
	var files []string
	var sizes []int64
	total := int64(0)
	for _, pattern := range patterns {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return fmt.Errorf("look for files to damage: %w", err)
		}
		for _, name := range found {
			info, err := os.Stat(name)
			if err != nil {
				return fmt.Errorf("look for files to damage: %w", err)
			}
			files, sizes, total = append(files, name), append(sizes, info.Size()), total+info.Size()
		}
	}
	if total == 0 {
		r.Notef("there was nothing to damage at %q", patterns)
		r.Missed = true
		return nil
	}
	at := r.Random.Int64N(total)
	for i, name := range files {
		if at >= sizes[i] {
			at -= sizes[i]
			continue
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("damage a file: %w", err)
		}
		raw[at] ^= 1 << r.Chance(0, 7)
		r.Notef("damaged byte %d of %d of %s", at, sizes[i], name)
		return os.WriteFile(name, raw, 0o600) //nolint:wrapcheck,gosec // it names the file, which is one of a house of the test
	}
	return errors.New("nothing was damaged")
}

// later publishes events that nobody has seen before.
func (r *Round) later(ctx context.Context) error {
	p := newPublisher(r)
	defer p.close()
	for i := range 20 {
		id := fmt.Sprintf("later-%d-%d", r.Seed, i)
		raw := event(r.Work.Tenants[0], id, "attendance.recorded.v1", time.Date(2022, 6, 1+i, 12, 0, 0, 0, time.UTC), "",
			fmt.Sprintf(`{"gathering_id":"later","person_id":%q,"present":true,"role":"participant","method":"qr"}`, id))
		item, err := r.Work.Item(r.Work.Tenants[0], id, raw, Counts)
		if err != nil {
			return err
		}
		if !p.try(ctx, &Send{Way: HTTPSingle, Items: []*Item{item}}, r.House.HTTP) {
			return fmt.Errorf("%s is not acknowledged", id)
		}
	}
	return nil
}

// recall finds which messages the damage has taken from the stream, and that no sequence stands for two things.
func (r *Round) recall(ctx context.Context, before []position) error {
	after, err := r.House.read(ctx, r.firstSeq)
	if err != nil {
		return err
	}
	there := map[[2]uint64]string{}
	for _, p := range after {
		there[[2]uint64{p.seq, uint64(p.index)}] = string(p.event.Raw)
	}
	for _, p := range before {
		raw, found := there[[2]uint64{p.seq, uint64(p.index)}]
		switch {
		case !found:
			r.gone = append(r.gone, p)
		case raw != string(p.event.Raw):
			r.Wrongf("sequence %d stood for one message and stands for another", p.seq)
		}
	}
	r.Missed = len(r.gone) == 0
	r.Notef("the stream has lost %d events", len(r.gone))
	return nil
}

// corruptWarehouse flips a bit in a file of a table while nothing runs: whoever asks is told of an error, or gets the right figure, or
// the audit says that something is missing; and reading the stream again brings everything back.
func corruptWarehouse() Kind {
	return Kind{
		Name: "corrupt-warehouse", Does: "one bit of a table's files is flipped while the program is down", Heal: "`turnout replay --from 1` and `turnout rebuild`",
		Alone: true,
		Settle: func(ctx context.Context, r *Round) error {
			if err := r.House.Drained(ctx); err != nil {
				return err
			}
			table := []string{"events", "facts", "rollup_months", "receipts"}[r.Chance(0, 3)]
			parts, err := r.House.Query(ctx, "SELECT path FROM system.parts WHERE active AND database = currentDatabase() AND table = '"+table+"' ORDER BY path")
			if err != nil {
				return err
			}
			patterns := make([]string, len(parts))
			for i, part := range parts {
				patterns[i] = filepath.Join(part[0], "*")
			}
			before, err := r.figures(ctx)
			if err != nil {
				return err
			}
			if err := r.down(); err != nil {
				return err
			}
			if err := r.flip(patterns...); err != nil {
				return err
			}
			if err := r.House.Restart(ctx); err != nil {
				return err
			}
			if after, err := r.figures(ctx); err != nil {
				r.Notef("readers are told: %v", err)
			} else if !slices.EqualFunc(before, after, slices.Equal) {
				if said, err := r.House.Command(ctx, "audit"); err == nil {
					r.Wrongf("figures changed from %v to %v, and the audit says %s", before, after, said)
				}
				r.Notef("figures changed, and the audit tells it")
			}
			if err := r.must(ctx, "replay", "--from", "1"); err != nil {
				return err
			}
			return r.must(ctx, "rebuild")
		},
	}
}

// figures are what everything that is counted stands on.
func (r *Round) figures(ctx context.Context) ([][]string, error) {
	//nolint:unqueryvet // the columns stand in the inner queries
	return r.House.Query(ctx, `SELECT * FROM (
		SELECT 'facts' AS what, tenant, count() AS n, sum(cityHash64(kh, version, data)) AS content FROM facts FINAL WHERE NOT voided GROUP BY tenant
		UNION ALL SELECT 'months' AS what, tenant, count() AS n, sum(cityHash64(*)) AS content FROM person_months GROUP BY tenant
	) ORDER BY what, tenant`)
}
