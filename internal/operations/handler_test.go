package operations_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/turnout/turnout/internal/operations"
	"github.com/turnout/turnout/internal/problem"
)

func serve(t *testing.T, known ...operations.Operation) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("POST "+operations.Path, operations.NewHandler(nil, slog.New(slog.DiscardHandler), known...))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func post(t *testing.T, url, body string) (int, string) {
	t.Helper()
	response, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestProgressAndThenTheResult(t *testing.T) {
	t.Parallel()
	seen := make(chan struct{})
	server := serve(t, operations.Operation{Name: "count", Run: func(ctx context.Context, call operations.Call) (any, error) {
		var params struct {
			To uint64 `json:"to"`
		}
		if err := call.Decode(&params); err != nil {
			return nil, err
		}
		call.Progress("counting", 1, params.To)
		select {
		case <-seen: // not before the client has read the progress
		case <-ctx.Done():
		}
		return map[string]any{"counted": params.To, "tenant": call.Tenant}, ctx.Err()
	}})
	response, err := http.Post(server.URL+"/v1/operations/count?tenant=davis", "application/json", strings.NewReader(`{"to":3}`))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	lines := json.NewDecoder(response.Body)
	var first, last struct {
		Progress operations.Progress
		Result   map[string]any
	}
	if err := lines.Decode(&first); err != nil {
		t.Fatal(err)
	}
	if want := (operations.Progress{Step: "counting", Done: 1, Total: 3}); first.Progress != want {
		t.Errorf("progress %v, want %v", first.Progress, want)
	}
	close(seen)
	for last.Result == nil {
		if err := lines.Decode(&last); err != nil {
			t.Fatal(err)
		}
	}
	if last.Result["counted"] != 3.0 || last.Result["tenant"] != "davis" {
		t.Errorf("result %v", last.Result)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	server := serve(t, operations.Operation{Name: "fail", Run: func(_ context.Context, call operations.Call) (any, error) {
		var params struct{}
		if err := call.Decode(&params); err != nil {
			return nil, err
		}
		return nil, errors.New("secret")
	}})
	for name, test := range map[string]struct {
		path, body string
		status     int
		code       string
	}{
		"unknown operation":   {"/v1/operations/dance", "", http.StatusNotFound, "unknown_operation"},
		"unknown parameter":   {"/v1/operations/fail", `{"x":1}`, http.StatusBadRequest, "bad_parameters"},
		"two values":          {"/v1/operations/fail", `{}{}`, http.StatusBadRequest, "bad_parameters"},
		"malformed tenant":    {"/v1/operations/fail?tenant=A%20B", "", http.StatusBadRequest, "bad_tenant"},
		"too much":            {"/v1/operations/fail", strings.Repeat(" ", 1<<20+1), http.StatusRequestEntityTooLarge, "bad_parameters"},
		"an error of its own": {"/v1/operations/fail", "", http.StatusInternalServerError, "internal"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, text := post(t, server.URL+test.path, test.body)
			var document problem.Document
			if err := json.Unmarshal([]byte(text), &document); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			if status != test.status || document.Code != test.code || strings.Contains(text, "secret") {
				t.Errorf("%d %s", status, text)
			}
		})
	}
}

func TestOneAtATime(t *testing.T) {
	t.Parallel()
	begun, let := make(chan struct{}), make(chan struct{})
	server := serve(t, operations.Operation{Name: "hold", Run: func(context.Context, operations.Call) (any, error) {
		close(begun)
		<-let
		return "held", nil
	}})
	first := make(chan string)
	go func() {
		_, text := post(t, server.URL+"/v1/operations/hold", "")
		first <- text
	}()
	<-begun
	if status, text := post(t, server.URL+"/v1/operations/hold", ""); status != http.StatusConflict {
		t.Errorf("%d %s", status, text)
	}
	close(let)
	if text := <-first; !strings.Contains(text, `{"result":"held"}`) {
		t.Error(text)
	}
}

func TestAClientThatGoesAwayEndsIt(t *testing.T) {
	t.Parallel()
	begun, ended := make(chan struct{}), make(chan struct{})
	server := serve(t, operations.Operation{Name: "long", Run: func(ctx context.Context, _ operations.Call) (any, error) {
		close(begun)
		<-ctx.Done()
		close(ended)
		return nil, ctx.Err()
	}})
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+"/v1/operations/long", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			_ = response.Body.Close()
		}
	}()
	<-begun
	cancel()
	<-ended
}
