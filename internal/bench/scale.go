package bench

import "time"

// scale is how much is measured. Durations are those of one run.
type scale struct {
	tenants   int // communities at a time
	bases     int // simulated universities that their events are taken from
	years     int // of these
	mostEach  int // events of a community before the next ones begin; 0 is as many as the simulation gives
	clients   int // that send single events over HTTP
	batch     int // events of a batch
	batchers  int // clients that send batches
	pack      int // events of a ready pack
	ready     int // events of the ceilings
	rowsEach  int // rows of a block that is inserted
	backlog   int // events that wait before a drain
	direct    int // events over NATS: single ones, balanced; packs of the Go client
	synced    int // the same, strict: each waits for the disk
	ingest    time.Duration
	mixed     time.Duration
	balanced  time.Duration // as ingest, where the disk is not waited for
	idle      int           // probes of latency without a load
	loaded    int           // and under each load
	probers   int           // that make the latter side by side
	probing   time.Duration // for that at most
	rest      time.Duration
	trickle   time.Duration
	community int // years of the university whose reports are measured
	asks      int // requests for each report
	reports   int // reports that are asked for; 0 is all
	starts    int
}

func scaleOf(quick bool) scale {
	if quick {
		return scale{
			tenants: 10, bases: 1, years: 1, mostEach: 2000, clients: 16, batch: 100, batchers: 2, pack: 500, ready: 2000, rowsEach: 1000, backlog: 4000,
			direct: 500, synced: 50, ingest: 200 * time.Millisecond, mixed: 300 * time.Millisecond, idle: 3, loaded: 2, probers: 2, probing: 5 * time.Second, balanced: 200 * time.Millisecond, rest: 100 * time.Millisecond,
			trickle: 500 * time.Millisecond, community: 1, asks: 1, reports: 2, starts: 1,
		}
	}
	return scale{
		tenants: 100, bases: 4, years: 1, clients: 64, batch: 500, batchers: 8, pack: 1000, ready: 400_000, rowsEach: 100_000, backlog: 1_000_000,
		direct: 200_000, synced: 10_000, ingest: 4 * time.Second, balanced: 5 * time.Second / 2, mixed: 12 * time.Second, idle: 50, loaded: 100, probers: 3, probing: 12 * time.Second,
		rest: 5 * time.Second, trickle: 15 * time.Second, community: 16, asks: 8, starts: 3,
	}
}
