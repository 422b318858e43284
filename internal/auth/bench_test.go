package auth_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/turnout/turnout/internal/auth"
)

// BenchmarkRequire is what a key costs a request: looked up, compared, its scope checked, the caller put into the context.
func BenchmarkRequire(b *testing.B) {
	path := filepath.Join(b.TempDir(), auth.FileName)
	text, _, err := auth.Create(path, "north", []auth.Scope{auth.Publish})
	if err != nil {
		b.Fatal(err)
	}
	store, err := auth.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	passed := 0
	handler := auth.Require(auth.Publish, store, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { passed++ }))
	request := httptest.NewRequest(http.MethodPost, "/v1/events", http.NoBody)
	request.Header.Set("Authorization", "Bearer "+text)
	recorder := httptest.NewRecorder()
	b.ReportAllocs()
	for b.Loop() {
		handler.ServeHTTP(recorder, request)
	}
	if passed < b.N {
		b.Errorf("%d of %d requests passed", passed, b.N)
	}
}
