package api_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/turnout/turnout/internal/auth"
)

// BenchmarkReport is a report over HTTP, with its engine: one whose answer is kept, and one that is worked out anew.
func BenchmarkReport(b *testing.B) {
	h, _ := house(b)
	for name, fresh := range map[string]string{"kept": "", "anew": "no-cache"} {
		b.Run(name, func(b *testing.B) {
			ask := func() {
				request := httptest.NewRequestWithContext(auth.With(b.Context(), auth.Everyone()), http.MethodGet, "/v1/reports/attendance?tenant=a", http.NoBody)
				request.Header.Set("Cache-Control", fresh)
				answer := httptest.NewRecorder()
				h.ServeHTTP(answer, request)
				if answer.Code != http.StatusOK {
					b.Fatal(answer.Body)
				}
			}
			ask() // what is kept is kept from now on
			b.ReportAllocs()
			for b.Loop() {
				ask()
			}
		})
	}
}
