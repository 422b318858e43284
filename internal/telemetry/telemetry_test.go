package telemetry_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/turnout/turnout/internal/telemetry"
)

func TestLogger(t *testing.T) {
	t.Parallel()
	tests := []struct {
		cfg  telemetry.LogConfig
		want string
	}{
		{telemetry.LogConfig{Level: "info", Format: "auto"}, `"msg":"hello"`}, // a buffer is no terminal
		{telemetry.LogConfig{Level: "info", Format: "json"}, `"msg":"hello"`},
		{telemetry.LogConfig{Level: "debug", Format: "text"}, "msg=hello"},
		{telemetry.LogConfig{Level: "warn", Format: "text"}, ""},
	}
	for _, test := range tests {
		var out bytes.Buffer
		logger, err := telemetry.NewLogger(&out, test.cfg)
		if err != nil {
			t.Fatal(err)
		}
		logger.Info("hello")
		if got := out.String(); !strings.Contains(got, test.want) || (test.want == "") != (got == "") {
			t.Errorf("%+v: %q, want %q", test.cfg, got, test.want)
		}
	}
	for _, cfg := range []telemetry.LogConfig{{Level: "loud", Format: "json"}, {Level: "info", Format: "xml"}} {
		if _, err := telemetry.NewLogger(io.Discard, cfg); err == nil {
			t.Errorf("%+v was taken", cfg)
		}
	}
}

func TestScrapeIsWellNamed(t *testing.T) {
	t.Parallel()
	metrics := telemetry.NewMetrics("1.2.3")
	recorder := httptest.NewRecorder()
	metrics.Handler().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	body := recorder.Body.String()
	for _, want := range []string{`turnout_build_info{version="1.2.3"} 1`, "go_goroutines", "process_open_fds"} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is missing", want)
		}
	}
	problems, err := promlint.New(strings.NewReader(body)).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
}
