package embedded_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/turnout/turnout/internal/embedded/embeddedtest"
)

// BenchmarkInsert sends columnar batches of event-like rows (about 340 bytes
// each) through clickhouse-go and the HTTP interface, as the warehouse does.
func BenchmarkInsert(b *testing.B) {
	for _, rows := range []int{1000, 10_000, 100_000} {
		b.Run(strconv.Itoa(rows), func(b *testing.B) {
			conn := open(b, embeddedtest.ClickHouse(b))
			if err := conn.Exec(b.Context(), `CREATE TABLE events (tenant LowCardinality(String), type LowCardinality(String), source LowCardinality(String),
				id String, person String, gathering String, time DateTime64(3, 'UTC'), kh UInt64, seq UInt64, data String CODEC(ZSTD(1)))
				ENGINE = ReplacingMergeTree ORDER BY (tenant, source, id)`); err != nil {
				b.Fatal(err)
			}
			at := time.Date(2022, 5, 27, 12, 0, 0, 0, time.UTC)
			tenants, types, sources := fill(rows, "university-1"), fill(rows, "attendance.recorded.v1"), fill(rows, "/check-in/desk")
			ids, persons, gatherings, data := make([]string, rows), make([]string, rows), fill(rows, "gathering-0042"), make([]string, rows)
			times, hashes, seqs := make([]time.Time, rows), make([]uint64, rows), make([]uint64, rows)
			note := strings.Repeat("x", 60)
			for i := range rows {
				ids[i] = fmt.Sprintf("event-%015d", i)
				persons[i] = fmt.Sprintf("person-%06d", i%7000)
				times[i], hashes[i], seqs[i] = at.Add(time.Duration(i)*time.Second), uint64(i)*0x9E3779B97F4A7C15, uint64(i)
				data[i] = fmt.Sprintf(`{"gathering_id":"gathering-0042","person_id":"person-%06d","present":true,"role":"participant","method":"qr","minutes":%d,"note":%q}`, i%7000, i%180, note)
			}
			before := engineTime(b)
			for b.Loop() {
				sendColumns(b, conn, tenants, types, sources, ids, persons, gatherings, times, hashes, seqs, data)
			}
			b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64((engineTime(b)-before).Microseconds())/float64(rows*b.N), "engine-µs/row")
		})
	}
}

func sendColumns(b *testing.B, conn driver.Conn, columns ...any) {
	b.Helper()
	batch, err := conn.PrepareBatch(b.Context(), "INSERT INTO events (tenant, type, source, id, person, gathering, time, kh, seq, data)")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = batch.Close() }()
	for i, column := range columns {
		if err := batch.Column(i).Append(column); err != nil {
			b.Fatal(err)
		}
	}
	if err := batch.Send(); err != nil {
		b.Fatal(err)
	}
}

// engineTime is the processor time that this program's engine has used: a figure
// that other load on the machine changes less than the rows a second. It is 0
// where the system does not tell.
func engineTime(b *testing.B) time.Duration {
	b.Helper()
	tasks, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		b.Fatal(err)
	}
	ticks := 0
	for _, task := range tasks {
		children, _ := os.ReadFile(task)
		for pid := range strings.FieldsSeq(string(children)) {
			stat, _ := os.ReadFile("/proc/" + pid + "/stat")
			// The fields after the name in parentheses: state is the first, utime and stime the 12th and 13th.
			_, rest, _ := strings.Cut(string(stat), ") ")
			if fields := strings.Fields(rest); len(fields) > 12 {
				user, _ := strconv.Atoi(fields[11])
				system, _ := strconv.Atoi(fields[12])
				ticks += user + system
			}
		}
	}
	const ticksASecond = 100
	return time.Duration(ticks) * time.Second / ticksASecond
}

func fill(n int, value string) []string {
	values := make([]string, n)
	for i := range values {
		values[i] = value
	}
	return values
}

// BenchmarkSelect is the time of the smallest query, over and over.
func BenchmarkSelect(b *testing.B) {
	base := embeddedtest.ClickHouse(b)
	before := engineTime(b)
	for b.Loop() {
		ask(b, base, "SELECT 1")
	}
	b.ReportMetric(float64((engineTime(b)-before).Microseconds())/float64(b.N), "engine-µs/op")
}

// BenchmarkStream reads rows through the interface.
func BenchmarkStream(b *testing.B) {
	base := embeddedtest.ClickHouse(b)
	const rows = 1_000_000
	for b.Loop() {
		ask(b, base, fmt.Sprintf("SELECT number, toString(number) FROM numbers(%d) FORMAT RowBinary", rows))
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
}
