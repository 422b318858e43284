package warehouse_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

// TestMigrationIsWaitedForLongerThanOtherStatements has the copy of the log last longer than a client's patience: its answer is held back.
func TestMigrationIsWaitedForLongerThanOtherStatements(t *testing.T) {
	t.Parallel()
	registry, err := schemas.Builtin()
	must(t, err)
	h := newHouseWith(t, registry, warehouse.Options{})
	must(t, h.db.Conn().Exec(t.Context(), "ALTER TABLE migrations DELETE WHERE name = '0008_events_by_year' SETTINGS mutations_sync = 1"))

	const patience = 4 * time.Second
	const statement = "INSERT INTO events_by_year"
	var held atomic.Int32
	slow := slowly(t, h.url, statement, patience+time.Second, &held)
	db, err := warehouse.Open(t.Context(), slow, warehouse.Options{Timeout: patience})
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	if err := db.Conn().Exec(t.Context(), "SELECT '"+statement+"'"); err == nil {
		t.Error("a statement of the pool was waited for")
	}
	must(t, db.Migrate(t.Context(), registry))
	if held.Load() != 2 {
		t.Errorf("%d statements were held back", held.Load())
	}
}

// slowly gives the address of a proxy before ClickHouse that answers statements with the text so much later.
func slowly(t *testing.T, address, text string, late time.Duration, held *atomic.Int32) string {
	t.Helper()
	t.Helper()
	behind, err := url.Parse(address)
	must(t, err)
	through := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: behind.Scheme, Host: behind.Host})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		if bytes.Contains(body, []byte(text)) {
			held.Add(1)
			select {
			case <-time.After(late):
			case <-r.Context().Done():
				return
			}
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		through.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	front, err := url.Parse(server.URL)
	must(t, err)
	front.User, front.Path, front.RawQuery = behind.User, behind.Path, behind.RawQuery
	return front.String()
}
