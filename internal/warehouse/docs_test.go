package warehouse_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocumentedQueriesRun runs every statement of docs/warehouse.md.
func TestDocumentedQueriesRun(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "warehouse.md"))
	must(t, err)
	h := newHouse(t)
	h.store(`attendance.recorded 2022-05-27 id=1 {"gathering_id":"g","person_id":"p","present":true,"role":"participant","method":"qr"}`)
	statements := 0
	for _, block := range regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		sql := regexp.MustCompile(`(?m)--.*$`).ReplaceAllString(block[1], "")
		for statement := range strings.SplitSeq(sql, ";") {
			if strings.TrimSpace(statement) == "" {
				continue
			}
			statements++
			rows, err := h.db.Conn().Query(t.Context(), statement)
			if err != nil {
				t.Errorf("%s: %v", statement, err)
				continue
			}
			must(t, rows.Close())
		}
	}
	if statements < 8 {
		t.Errorf("found %d statements", statements)
	}
	for _, view := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|").FindAllStringSubmatch(string(text), -1) {
		h.expect("SELECT count() FROM system.tables WHERE database = currentDatabase() AND name = '"+view[1]+"'", "1")
	}
}
