package embedded_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/turnout/turnout/internal/embedded"
	"github.com/turnout/turnout/internal/embedded/embeddedtest"
)

// An answer of many blocks is one document in every format, not one for each
// block, and so is an answer of none. What the engine writes, it must read back.
func TestFormats(t *testing.T) {
	base := embeddedtest.ClickHouse(t)
	const rows = 100_000
	for _, format := range []string{
		"TabSeparated", "TSV", "TSVWithNames", "TSVWithNamesAndTypes", "CSV", "CSVWithNames", "CSVWithNamesAndTypes", "JSON", "JSONCompact", "JSONColumns", "JSONColumnsWithMetadata",
		"JSONEachRow", "JSONCompactEachRow", "JSONCompactEachRowWithNames", "JSONCompactEachRowWithNamesAndTypes", "TSVRawWithNames", "JSONStringsEachRow", "JSONObjectEachRow", "Values", "Native",
		"RowBinary", "RowBinaryWithNames", "RowBinaryWithNamesAndTypes", "Parquet", "Arrow", "ArrowStream", "ORC", "Avro", "MsgPack", "BSONEachRow", "Vertical", "XML", "PrettyCompact", "Markdown",
	} {
		for _, n := range []int{rows, 0} {
			t.Run(fmt.Sprintf("%s/%d", format, n), func(t *testing.T) {
				answer := ask(t, base, fmt.Sprintf("SELECT number AS a, toString(number) AS s FROM numbers(%d) FORMAT %s", n, format))
				checkDocument(t, format, answer, n)
				if !readable(format) {
					return
				}
				ask(t, base, "CREATE OR REPLACE TABLE back (a UInt64, s String) ENGINE = MergeTree ORDER BY a")
				status, text, _ := send(t, request(t, http.MethodPost, address(base, "query=INSERT+INTO+back+FORMAT+"+format), raw(t, base, format, n)))
				if status != http.StatusOK {
					t.Fatalf("read back: status %d: %s", status, text)
				}
				want := fmt.Sprintf("%d\t%d", n, n*(n-1)/2)
				if got := ask(t, base, "SELECT count(), sum(a) FROM back"); got != want {
					t.Errorf("read back %s, want %s", got, want)
				}
			})
		}
	}
}

// raw is the answer byte by byte; ask trims its last line end.
func raw(t *testing.T, base, format string, n int) string {
	t.Helper()
	_, body, _ := send(t, request(t, http.MethodPost, address(base), fmt.Sprintf("SELECT number AS a, toString(number) AS s FROM numbers(%d) FORMAT %s", n, format)))
	return body
}

// readable: formats that are for people only cannot be read back.
func readable(format string) bool {
	switch format {
	case "Vertical", "XML", "PrettyCompact", "Markdown":
		return false
	}
	return true
}

func checkDocument(t *testing.T, format, answer string, n int) {
	t.Helper()
	switch format {
	case "JSON", "JSONCompact", "JSONColumnsWithMetadata":
		var document struct {
			Rows int
			Meta []any
		}
		if err := json.Unmarshal([]byte(answer), &document); err != nil || document.Rows != n || len(document.Meta) != 2 {
			t.Errorf("%v; %d rows, %d columns", err, document.Rows, len(document.Meta))
		}
	case "JSONColumns", "JSONObjectEachRow":
		var document map[string]any
		if err := json.Unmarshal([]byte(answer), &document); err != nil {
			t.Error(err)
		}
	case "CSVWithNames":
		if got := strings.Count(answer, `"a","s"`); got != 1 {
			t.Errorf("%d headers", got)
		}
	case "TSVWithNames":
		if got := strings.Count(answer, "a\ts"); got != 1 {
			t.Errorf("%d headers", got)
		}
	}
}

// Totals and extremes come at the end of an answer in pieces and in one whole.
func TestTotals(t *testing.T) {
	base := embeddedtest.ClickHouse(t)
	const sql = "SELECT intDiv(number, 100000) AS k, count() AS n FROM numbers(300000) GROUP BY k WITH TOTALS ORDER BY k FORMAT "
	if got, want := ask(t, base, sql+"TSV"), "0\t100000\n1\t100000\n2\t100000\n\n0\t300000"; got != want {
		t.Errorf("TSV: %q, want %q", got, want)
	}
	if got, want := ask(t, base, sql+"CSVWithNames"), "\"k\",\"n\"\n0,100000\n1,100000\n2,100000\n\n0,300000"; got != want {
		t.Errorf("CSVWithNames: %q, want %q", got, want)
	}
	odd := ask(t, base, "SELECT number AS `a\n\"b`, 1 AS c FROM numbers(200000) FORMAT CSVWithNames")
	if got := strings.Count(odd, `"a`); got != 1 {
		t.Errorf("%d headers with a line end in a name", got)
	}
	var document struct {
		Data   []map[string]any
		Totals map[string]any
	}
	if err := json.Unmarshal([]byte(ask(t, base, sql+"JSON")), &document); err != nil || len(document.Data) != 3 || fmt.Sprint(document.Totals["n"]) != "300000" {
		t.Errorf("JSON: %v, %v", document, err)
	}
}

// The engine keeps to its memory, whatever is asked of it, and goes on after.
func TestMemoryIsBounded(t *testing.T) {
	engine := startEngine(t, embedded.ClickHouseConfig{Dir: t.TempDir(), MemoryLimit: 400 << 20})
	for name, sql := range map[string]string{
		"an answer held as a whole": "SELECT repeat('x', 1000) FROM numbers(3000000) FORMAT JSON",
		"a large state":             "SELECT length(groupArray(number)) FROM numbers(100000000)",
		"a large sort":              "SELECT number FROM numbers(100000000) ORDER BY cityHash64(number) FORMAT Null SETTINGS max_bytes_before_external_sort = 0, max_bytes_ratio_before_external_sort = 0",
	} {
		t.Run(name, func(t *testing.T) {
			status, text, _ := try(t, engine.URL(), sql)
			if status == http.StatusOK || !strings.Contains(text, "MEMORY_LIMIT_EXCEEDED") {
				t.Errorf("status %d: %.300s", status, text)
			}
			if got := ask(t, engine.URL(), "SELECT count() FROM numbers(1000000)"); got != "1000000" {
				t.Errorf("after it: %s", got)
			}
		})
	}
	if restarts, reason := engine.Restarts(); restarts != 0 {
		t.Errorf("%d restarts: %s", restarts, reason)
	}
	if got := ask(t, engine.URL(), "SELECT value FROM system.server_settings WHERE name = 'max_server_memory_usage'"); got != "419430400" {
		t.Errorf("the engine's limit is %s", got)
	}
}

// An answer in pieces needs little memory, however long it is.
func TestLongAnswerNeedsLittleMemory(t *testing.T) {
	engine := startEngine(t, embedded.ClickHouseConfig{Dir: t.TempDir(), MemoryLimit: 400 << 20})
	response, err := http.Post(address(engine.URL()), "text/plain", strings.NewReader("SELECT repeat('x', 1000) FROM numbers(600000) FORMAT RowBinary"))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if n, err := io.Copy(io.Discard, response.Body); err != nil || n != 1002*600000 {
		t.Errorf("%d bytes, %v", n, err)
	}
}
