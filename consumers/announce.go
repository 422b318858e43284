package consumers

import (
	"encoding/json"
	"time"

	"github.com/turnout/turnout/internal/stream"
)

// announce tells what of each tenant's was stored. Nobody waits for it and nothing
// depends on it: a failure is only noted.
func (c *Consumer) announce(b *batch) {
	if c.cfg.Announcer == nil {
		return
	}
	for _, a := range announcements(b, c.now().UTC().Truncate(time.Millisecond)) {
		body, err := json.Marshal(a)
		if err == nil {
			err = c.cfg.Announcer.Publish(stream.StoredSubject(a.Tenant), body)
		}
		if err != nil {
			c.cfg.Logger.Debug("What was stored is not announced", "tenant", a.Tenant, "error", err)
			return
		}
	}
}

// announcements gives one for each tenant of a stored batch.
func announcements(b *batch, at time.Time) map[string]*stream.Announcement {
	byTenant := make(map[string]*stream.Announcement)
	for i := range b.rows.Len() {
		if b.refused[i] {
			continue
		}
		tenant, typ, source, _ := b.rows.At(i)
		seq, _ := b.rows.Position(i)
		a := byTenant[tenant]
		if a == nil {
			a = &stream.Announcement{Tenant: tenant, StreamSeq: [2]uint64{seq, seq}, Types: make(map[string]int), At: at}
			byTenant[tenant] = a
		}
		a.StreamSeq[0], a.StreamSeq[1] = min(a.StreamSeq[0], seq), max(a.StreamSeq[1], seq)
		a.Events++
		a.Types[typ]++
		if len(a.Sample) == 2*stream.MaxSample { // the last ones count; a long batch is not kept whole
			a.Sample = append(a.Sample[:0], a.Sample[stream.MaxSample:]...)
		}
		happened, subject := b.rows.About(i)
		a.Sample = append(a.Sample, stream.Envelope{
			Type: typ, Time: time.UnixMilli(happened).UTC(), Source: source, Subject: subject, Mode: b.rows.Mode(i),
		})
	}
	for _, a := range byTenant {
		a.Bound()
	}
	return byTenant
}
