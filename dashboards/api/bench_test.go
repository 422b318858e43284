package api_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/turnout/turnout/internal/auth"
)

// BenchmarkReport is a report over HTTP with its engine, worked out anew each time.
func BenchmarkReport(b *testing.B) {
	h, _ := house(b)
	b.ReportAllocs()
	for b.Loop() {
		request := httptest.NewRequestWithContext(auth.With(b.Context(), auth.Everyone()), http.MethodGet, "/v1/reports/attendance?tenant=a", http.NoBody)
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, request)
		if answer.Code != http.StatusOK {
			b.Fatal(answer.Body)
		}
	}
}
