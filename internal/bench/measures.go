package bench

import "math"

// Measure is what a figure means.
type Measure struct {
	// Key is its stable name in the JSON.
	Key string
	// Label and Unit are for people.
	Label, Unit string
	// Target on two cores, 0 for none; AtMost when less is better.
	Target float64
	AtMost bool
}

// Units.
const (
	perSecond = "events/s"
	millis    = "ms"
	micros    = "µs"
	megabytes = "MB"
)

// measures are all figures in the order of the table. Keys are stable: they may be added, never renamed.
func measures() []Measure {
	return []Measure{
		{Key: "ceilings.publish_per_s", Label: "limit: publish ready packs", Unit: perSecond},
		{Key: "ceilings.consume_per_s", Label: "limit: consume them", Unit: perSecond},
		{Key: "ceilings.insert_per_s", Label: "limit: insert ready columns, log and facts", Unit: "rows/s"},
		{Key: "ceilings.insert_cpu_us_per_row", Label: "CPU of the engine for it, a row", Unit: micros},
		{Key: "ingest.single_strict_per_s", Label: "HTTP, single events, strict", Unit: perSecond, Target: 25_000},
		{Key: "ingest.single_strict_p99_ms", Label: "their answers, p99", Unit: millis, Target: 15, AtMost: true},
		{Key: "ingest.single_strict_cpu_us_per_event", Label: "CPU of the program for it, an event", Unit: micros},
		{Key: "ingest.single_balanced_per_s", Label: "HTTP, single events, balanced", Unit: perSecond},
		{Key: "ingest.batch_strict_per_s", Label: "HTTP, batches, strict", Unit: perSecond, Target: 120_000},
		{Key: "ingest.batch_strict_cpu_us_per_event", Label: "CPU of the program for it, an event", Unit: micros},
		{Key: "ingest.batch_balanced_per_s", Label: "HTTP, batches, balanced", Unit: perSecond},
		{Key: "ingest.nats_direct_per_s", Label: "NATS, single events, balanced, stored as they come", Unit: perSecond, Target: 60_000},
		{Key: "ingest.nats_direct_strict_per_s", Label: "NATS, single events, strict, stored as they come", Unit: perSecond},
		{Key: "ingest.nats_packs_per_s", Label: "NATS, packs of the Go client", Unit: perSecond},
		{Key: "ingest.nats_packer_per_s", Label: "NATS, single events through the Go client's Packer", Unit: perSecond},
		{Key: "drain.per_s", Label: "drain of a backlog", Unit: perSecond, Target: 130_000},
		{Key: "drain.ratio_to_insert", Label: "the same, as a part of the insert limit", Target: 0.75},
		{Key: "drain.cpu_us_per_event", Label: "CPU of program and engine for it, an event", Unit: micros, Target: 12, AtMost: true},
		{Key: "mixed.per_s", Label: "ingest and drain at once, lag not growing", Unit: perSecond, Target: 80_000},
		{Key: "mixed.cpu_us_per_event", Label: "CPU of program and engine for it, an event", Unit: micros},
		{Key: "latency_ms.idle.p50", Label: "accepted until visible, idle, p50", Unit: millis},
		{Key: "latency_ms.idle.p99", Label: "accepted until visible, idle, p99", Unit: millis, Target: 100, AtMost: true},
		{Key: "latency_ms.trickle.p50", Label: "the same, one event soon after the other, p50", Unit: millis},
		{Key: "latency_ms.trickle.p99", Label: "the same, one event soon after the other, p99", Unit: millis},
		{Key: "latency_ms.tenth.p50", Label: "at 10 % of the sustained rate, p50", Unit: millis},
		{Key: "latency_ms.tenth.p99", Label: "at 10 % of the sustained rate, p99", Unit: millis},
		{Key: "latency_ms.half.p50", Label: "at 50 %, p50", Unit: millis},
		{Key: "latency_ms.half.p99", Label: "at 50 %, p99", Unit: millis, Target: 500, AtMost: true},
		{Key: "latency_ms.most.p50", Label: "at 90 %, p50", Unit: millis},
		{Key: "latency_ms.most.p99", Label: "at 90 %, p99", Unit: millis},
		{Key: "latency_ms.report.p50", Label: "accepted until a report shows it, idle, p50", Unit: millis},
		{Key: "latency_ms.report.p99", Label: "accepted until a report shows it, idle, p99", Unit: millis},
		{Key: "rollup_lag_s.half", Label: "age of the rollups at 50 %, the most", Unit: "s"},
		{Key: "rollup_lag_s.mixed", Label: "age of the rollups at the sustained rate, the most", Unit: "s"},
		{Key: "trickle.cores", Label: "10 events/s, all processes", Unit: "cores", Target: 0.2, AtMost: true},
		{Key: "memory_mb.idle", Label: "private memory, just started", Unit: megabytes, Target: 250, AtMost: true},
		{Key: "memory_mb.rested", Label: "private memory, after the backlogs", Unit: megabytes},
		{Key: "memory_mb.peak", Label: "private memory, the most", Unit: megabytes, Target: 1500, AtMost: true},
		{Key: "disk_bytes_per_event", Label: "stream and warehouse, an event", Unit: "bytes"},
		{Key: "disk.stream_bytes_per_event", Label: "the stream's part", Unit: "bytes"},
		{Key: "disk.warehouse_bytes_per_event", Label: "the warehouse's part", Unit: "bytes"},
		{Key: "start_ms.cold", Label: "ready on an empty folder", Unit: millis, Target: 1000, AtMost: true},
		{Key: "start_ms.warm", Label: "ready on the folder of this run", Unit: millis, Target: 3000, AtMost: true},
		{Key: "reports.slowest_p95_ms", Label: "reports of one university, the slowest one's p95", Unit: millis, Target: 150, AtMost: true},
		{Key: "facts.reports", Label: "facts of the community whose reports are measured"},
		{Key: "facts.all", Label: "facts of all communities then"},
	}
}

// reportMeasure is the one of a report, whose names are the server's.
func reportMeasure(name, of string) Measure {
	m := Measure{Key: "reports_ms." + name + "." + of, Label: "report " + name + ", " + of, Unit: millis}
	if of == "p95" {
		m.Target, m.AtMost = 150, true
	}
	return m
}

// round keeps three digits behind the point of small figures: more is noise.
func round(value float64) float64 {
	if math.Abs(value) >= 100 {
		return math.Round(value)
	}
	return math.Round(value*1000) / 1000
}
