package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Bucket keeps the last audit of all communities, for all processes. It can be made anew by another audit.
const Bucket = "AUDIT"

const recordKey = "last"

// Record is what is known of audits of all communities.
type Record struct {
	Finished time.Time `json:"finished"`
	// Succeeded is when the last one finished that found nothing; zero when none did.
	Succeeded time.Time `json:"succeeded"`
	Seconds   float64   `json:"seconds"`
	// Counts are the differences by kind. What only a deep audit looks for stands until another deep audit.
	Counts map[string]uint64 `json:"counts"`
}

// OK tells whether nothing differed.
func (r *Record) OK() bool { return len(r.Counts) == 0 }

// Records keeps the Record.
type Records struct{ kv jetstream.KeyValue }

// OpenRecords opens the bucket or makes it.
func OpenRecords(ctx context.Context, js jetstream.JetStream, replicas int) (*Records, error) {
	kv, err := js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: Bucket, Description: "The last audit", Replicas: max(replicas, 1),
	})
	if err != nil {
		return nil, fmt.Errorf("open the record of audits: %w", err)
	}
	return &Records{kv: kv}, nil
}

// Last gives the record; nil when there was no audit yet.
func (r *Records) Last(ctx context.Context) (*Record, error) {
	entry, err := r.kv.Get(ctx, recordKey)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil, nil //nolint:nilnil // there is none, which is no error
	}
	if err != nil {
		return nil, fmt.Errorf("read the record of audits: %w", err)
	}
	var record Record
	if err := json.Unmarshal(entry.Value(), &record); err != nil {
		return nil, nil //nolint:nilnil,nilerr // another version's: as good as none
	}
	return &record, nil
}

// Keep notes what an audit found; one of a single community is not kept.
func (r *Records) Keep(ctx context.Context, report *Report) error {
	if report.Tenant != "" {
		return nil
	}
	before, err := r.Last(ctx)
	if err != nil {
		return err
	}
	body, err := json.Marshal(next(before, report))
	if err != nil {
		return fmt.Errorf("encode the record of audits: %w", err)
	}
	if _, err := r.kv.Put(ctx, recordKey, body); err != nil {
		return fmt.Errorf("keep the record of audits: %w", err)
	}
	return nil
}

func next(before *Record, report *Report) *Record {
	record := &Record{
		Finished: report.Started.Add(time.Duration(report.Seconds * float64(time.Second))), Seconds: report.Seconds, Counts: map[string]uint64{},
	}
	maps.Copy(record.Counts, report.Counts)
	if before != nil {
		record.Succeeded = before.Succeeded
		for kind, n := range before.Counts {
			if !report.Deep && slices.Contains(deepKinds(), kind) {
				record.Counts[kind] = n
			}
		}
	}
	if record.OK() {
		record.Succeeded = record.Finished
	}
	return record
}

func deepKinds() []string { return []string{KindEventMissing, KindEventUnknown, KindUnreadable} }
