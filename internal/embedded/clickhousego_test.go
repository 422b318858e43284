package embedded_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/turnout/turnout/internal/embedded/embeddedtest"
)

// open connects clickhouse-go over HTTP, as the warehouse does.
func open(t testing.TB, url string, change ...func(*clickhouse.Options)) driver.Conn {
	t.Helper()
	options, err := clickhouse.ParseDSN(url)
	if err != nil {
		t.Fatal(err)
	}
	options.Protocol = clickhouse.HTTP
	for _, c := range change {
		c(options)
	}
	conn, err := clickhouse.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestClickHouseGo(t *testing.T) {
	for _, test := range []struct {
		name   string
		method clickhouse.CompressionMethod
	}{
		{"plain", clickhouse.CompressionNone}, {"lz4", clickhouse.CompressionLZ4}, {"zstd", clickhouse.CompressionZSTD},
		{"gzip", clickhouse.CompressionGZIP},
	} {
		t.Run(test.name, func(t *testing.T) {
			conn := open(t, embeddedtest.ClickHouse(t), func(o *clickhouse.Options) {
				o.Compression = &clickhouse.Compression{Method: test.method}
			})
			roundTrip(t, conn)
		})
	}
}

func roundTrip(t *testing.T, conn driver.Conn) {
	t.Helper()
	ctx := context.Background()
	version, err := conn.ServerVersion()
	if err != nil {
		t.Fatal(err)
	}
	if version.DisplayName != "turnout" || version.Revision != 0 {
		t.Errorf("hello says %+v, want turnout with revision 0", version)
	}
	if err := conn.Exec(ctx, "CREATE TABLE t (a UInt64, s LowCardinality(String), n Nullable(Int64), at DateTime64(3, 'UTC'), k UInt128) ENGINE = MergeTree ORDER BY a"); err != nil {
		t.Fatal(err)
	}
	// Native rows hold blank lines: a column of ten is one. They must not cut the insert.
	at := time.Date(1905, 3, 4, 5, 6, 7, 8e6, time.UTC)
	const rows = 5000
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO t (a, s, n, at)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = batch.Close() }()
	for i := range rows {
		if err := batch.Append(uint64(i%256)<<8|10, "\n\n"+strings.Repeat("x\n\n", i%7), nil, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
	var count uint64
	var got time.Time
	var text string
	if err := conn.QueryRow(ctx, "SELECT count(), min(at), max(s) FROM t WHERE a >= {least:UInt64}", clickhouse.Named("least", "1")).Scan(&count, &got, &text); err != nil {
		t.Fatal(err)
	}
	if count != rows || !got.Equal(at) || text != "\n\n"+strings.Repeat("x\n\n", 6) {
		t.Errorf("read back %d rows, %s, %q", count, got, text)
	}
	empty, err := conn.Query(ctx, "SELECT a, s, n, at AS moment FROM t WHERE a = {none:UInt64} -- nothing", clickhouse.Named("none", "0"))
	if err != nil {
		t.Fatal(err)
	}
	if empty.Next() || empty.Err() != nil {
		t.Errorf("an empty answer has rows, or the error %v", empty.Err())
	}
	if got := strings.Join(empty.Columns(), " "); got != "a s n moment" {
		t.Errorf("an empty answer has the columns %q", got)
	}
	if types := empty.ColumnTypes(); len(types) != 4 || types[1].DatabaseTypeName() != "LowCardinality(String)" {
		t.Errorf("an empty answer has the types %v", types)
	}
	_ = empty.Close()
	err = conn.QueryRow(ctx, "SELECT nothing FROM t").Scan(&count)
	if err == nil || !strings.Contains(err.Error(), "UNKNOWN_IDENTIFIER") {
		t.Errorf("an unknown column gives %v", err)
	}
}
