package bench

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/warehouse"
)

const (
	limitsStream   = "BENCH"
	limitsSubject  = "bench.packs"
	limitsDatabase = "turnout_bench"
)

// ceilings measures what the engines can do at most for what the pipeline asks of them, with nothing of the pipeline in between.
func (r *run) ceilings(ctx context.Context) error {
	h, err := r.main(ctx)
	if err != nil {
		return err
	}
	if err := r.times(0, 0.4, func() error { return r.streamLimits(ctx, h) }); err != nil {
		return err
	}
	return r.insertLimits(ctx, h)
}

// streamLimits publishes ready packs into a stream of their own and reads them again, each acknowledged.
func (r *run) streamLimits(ctx context.Context, h *house) (err error) {
	own, err := h.js.CreateStream(ctx, jetstream.StreamConfig{Name: limitsStream, Subjects: []string{limitsSubject}, Storage: jetstream.FileStorage})
	if err != nil {
		return fmt.Errorf("create a stream: %w", err)
	}
	defer func() {
		err = errors.Join(err, h.js.DeleteStream(context.WithoutCancel(ctx), limitsStream))
	}()
	messages := packMessages(limitsSubject, r.mix.packs(r.scale.ready, r.scale.pack))
	began := time.Now()
	if err := publishAsync(ctx, h.nc, messages, packsAtOnce); err != nil {
		return err
	}
	r.found.add("ceilings.publish_per_s", float64(r.scale.ready)/time.Since(began).Seconds())

	reader, err := own.CreateConsumer(ctx, jetstream.ConsumerConfig{AckPolicy: jetstream.AckExplicitPolicy})
	if err != nil {
		return fmt.Errorf("create a consumer: %w", err)
	}
	began = time.Now()
	iterator, err := reader.Messages(jetstream.PullMaxMessagesWithBytesLimit(20_000, 16<<20)) // as the pipeline's own
	if err != nil {
		return fmt.Errorf("pull: %w", err)
	}
	defer iterator.Stop()
	for range messages {
		msg, err := iterator.Next(jetstream.NextContext(ctx))
		if err == nil {
			err = msg.Ack()
		}
		if err != nil {
			return fmt.Errorf("pull: %w", err)
		}
	}
	r.found.add("ceilings.consume_per_s", float64(r.scale.ready)/time.Since(began).Seconds())
	return nil
}

// insertLimits inserts ready columns into the same tables, in a database of their own, one block after the other as the pipeline does.
func (r *run) insertLimits(ctx context.Context, h *house) (err error) {
	address, err := url.Parse(h.addresses.ClickHouse)
	if err != nil {
		return fmt.Errorf("read the address of ClickHouse: %w", err)
	}
	address.Path = "/" + limitsDatabase
	db, err := warehouse.Open(ctx, address.String(), warehouse.Options{Strict: h.durability == strict})
	if err != nil {
		return fmt.Errorf("open a database: %w", err)
	}
	defer func() {
		err = errors.Join(err, db.Conn().Exec(context.WithoutCancel(ctx), "DROP DATABASE IF EXISTS "+limitsDatabase+" SYNC"), db.Close())
	}()
	if err := db.Migrate(ctx, r.registry); err != nil {
		return fmt.Errorf("make the tables: %w", err)
	}
	return r.times(0.4, 1, func() error {
		blocks, err := r.blocks()
		if err != nil {
			return err
		}
		before, began := h.engineCPU(), time.Now()
		for _, rows := range blocks {
			if err := db.InsertEvents(ctx, rows); err != nil {
				return fmt.Errorf("insert ready columns: %w", err)
			}
		}
		r.found.add("ceilings.insert_per_s", float64(r.scale.ready)/time.Since(began).Seconds())
		if cpu := h.engineCPU() - before; cpu > 0 {
			r.found.add("ceilings.insert_cpu_us_per_row", float64(cpu.Microseconds())/float64(r.scale.ready))
		}
		return nil
	})
}

// blocks are the next events as columns.
func (r *run) blocks() ([]*warehouse.Rows, error) {
	var blocks []*warehouse.Rows
	for left := r.scale.ready; left > 0; left -= r.scale.rowsEach {
		events, err := r.mix.decoded(min(left, r.scale.rowsEach))
		if err != nil {
			return nil, err
		}
		rows := warehouse.NewRows(r.registry.PromotedColumns(), len(events))
		for i, event := range events {
			record, err := r.registry.Derive(event)
			if err != nil {
				return nil, fmt.Errorf("derive the record of a simulated event: %w", err)
			}
			if err := rows.Append(event, &record, warehouse.Arrival{Received: event.Time, Seq: uint64(i)}); err != nil {
				return nil, fmt.Errorf("make columns: %w", err)
			}
		}
		blocks = append(blocks, rows)
	}
	return blocks, nil
}

// engineCPU is what the engine has computed until now; 0 when nobody knows.
func (h *house) engineCPU() time.Duration {
	processes := h.processes()
	if len(processes) < 2 {
		return 0
	}
	used, err := processes[0].cpu()
	if err != nil {
		return 0
	}
	return used
}
