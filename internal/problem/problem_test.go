package problem_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/turnout/turnout/internal/problem"
)

func TestWrite(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err    error
		want   problem.Document
		header map[string]string
	}{
		"a problem within wrapping": {
			err: fmt.Errorf("list reports: %w", &problem.Error{
				Status: http.StatusServiceUnavailable, Code: "stream_full", Detail: "The stream is full.",
				Hint: "Raise --stream-max-bytes.", RetryAfter: 1500 * time.Millisecond,
			}),
			want: problem.Document{
				Status: 503, Title: "Service Unavailable", Code: "stream_full",
				Detail: "The stream is full.", Hint: "Raise --stream-max-bytes.",
			},
			header: map[string]string{"Retry-After": "2", "Content-Type": problem.MediaType},
		},
		"any other error hides its text": {
			err: errors.New("dial tcp 10.0.0.1: secret"),
			want: problem.Document{
				Status: 500, Title: "Internal Server Error", Code: "internal",
				Detail: "Something went wrong on our side; the log has the details.",
			},
			header: map[string]string{"Retry-After": ""},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			recorder := httptest.NewRecorder()
			problem.Write(recorder, httptest.NewRequest(http.MethodGet, "/", http.NoBody), test.err)
			var got problem.Document
			if err := json.Unmarshal(recorder.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if recorder.Code != test.want.Status {
				t.Errorf("status %d, want %d", recorder.Code, test.want.Status)
			}
			for name, want := range test.header {
				if got := recorder.Header().Get(name); got != want {
					t.Errorf("%s = %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestHeadHasNoBody(t *testing.T) {
	t.Parallel()
	recorder := httptest.NewRecorder()
	problem.Write(recorder, httptest.NewRequest(http.MethodHead, "/", http.NoBody), errors.New("x"))
	if recorder.Body.Len() != 0 {
		t.Errorf("body %q", recorder.Body)
	}
}

func TestErrorNamesThePlace(t *testing.T) {
	t.Parallel()
	err := &problem.Error{Status: http.StatusBadRequest, Pointer: "from", Detail: "not a date"}
	if got := err.Error(); got != "from: not a date" {
		t.Error(got)
	}
	if got := (&problem.Error{Status: http.StatusNotFound}).Error(); !strings.Contains(got, "Not Found") {
		t.Error(got)
	}
}
