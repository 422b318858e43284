package auth_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/turnout/turnout/internal/auth"
)

// BenchmarkRequire is what every request pays for its key: with one of many, and while there are none.
func BenchmarkRequire(b *testing.B) {
	for name, keys := range map[string]int{"keys=0": 0, "keys=100": 100} {
		b.Run(name, func(b *testing.B) {
			path, text := filepath.Join(b.TempDir(), auth.FileName), ""
			for range keys {
				var err error
				if text, _, err = auth.Create(path, "north", []auth.Scope{auth.Publish}); err != nil {
					b.Fatal(err)
				}
			}
			store, err := auth.Open(path)
			if err != nil {
				b.Fatal(err)
			}
			asked := 0
			handler := auth.Require(auth.Publish, store, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
			request := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/v1/events", http.NoBody)
			request.Header.Set("Authorization", "Bearer "+text)
			answer := httptest.NewRecorder()
			b.ReportAllocs()
			for b.Loop() {
				handler.ServeHTTP(answer, request)
			}
			if asked < b.N {
				b.Fatalf("%d of %d requests came through: %s", asked, b.N, answer.Body)
			}
		})
	}
}
