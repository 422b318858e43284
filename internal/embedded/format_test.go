package embedded_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/turnout/turnout/internal/embedded/embeddedtest"
)

// An answer of many blocks is one document in every format, not one for each
// block, and so is an answer of none. What the engine writes, it must read back.
func TestFormats(t *testing.T) {
	base := embeddedtest.ClickHouse(t)
	const rows = 200_000
	for _, format := range []string{
		"TabSeparated", "TSV", "TSVWithNames", "TSVWithNamesAndTypes", "CSV", "CSVWithNames", "JSON", "JSONCompact", "JSONColumns", "JSONColumnsWithMetadata",
		"JSONEachRow", "JSONCompactEachRow", "JSONCompactEachRowWithNamesAndTypes", "JSONStringsEachRow", "JSONObjectEachRow", "Values", "Native",
		"RowBinary", "RowBinaryWithNamesAndTypes", "Parquet", "Arrow", "ArrowStream", "ORC", "Avro", "MsgPack", "BSONEachRow", "Vertical", "XML", "PrettyCompact", "Markdown",
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
