package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/turnout/turnout/internal/config"
	"github.com/turnout/turnout/internal/problem"
)

// api speaks to a running Turnout.
type api struct {
	base   *url.URL
	tenant string
	key    string
	http   *http.Client
}

const requestTimeout = 2 * time.Minute

func newAPI(cfg config.Client) (*api, error) {
	base, err := url.Parse(strings.TrimSuffix(cfg.URL, "/"))
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return nil, usagef("--url: %q is no address of a Turnout; write for example http://127.0.0.1:8080", cfg.URL)
	}
	return &api{base: base, tenant: cfg.Tenant, key: cfg.Key, http: &http.Client{Timeout: requestTimeout}}, nil
}

// do sends a request and decodes the JSON answer into answer, when it is not nil.
// A problem document comes back as *problem.Error.
func (a *api) do(ctx context.Context, method, path string, query url.Values, body, answer any) error {
	response, err := a.send(ctx, method, path, query, body)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if answer == nil {
		return nil
	}
	decoder := json.NewDecoder(response.Body)
	decoder.UseNumber()
	if err := decoder.Decode(answer); err != nil {
		return fmt.Errorf("read the answer of %s: %w", a.base, err)
	}
	return nil
}

func (a *api) send(ctx context.Context, method, path string, query url.Values, body any) (*http.Response, error) {
	if query == nil {
		query = url.Values{}
	}
	if a.tenant != "" && !query.Has("tenant") {
		query.Set("tenant", a.tenant)
	}
	target := a.base.JoinPath(path)
	target.RawQuery = query.Encode()
	var reader io.Reader = http.NoBody
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("encode the request: %w", err)
		}
		reader = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, target.String(), reader)
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if a.key != "" {
		request.Header.Set("Authorization", "Bearer "+a.key)
	}
	response, err := a.http.Do(request)
	if err != nil {
		return nil, unreachable(a.base, err)
	}
	if response.StatusCode >= http.StatusBadRequest {
		defer response.Body.Close()
		return nil, problemOf(response)
	}
	return response, nil
}

func unreachable(base *url.URL, err error) error {
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("interrupted: %w", err)
	}
	return &problem.Error{
		Code: "unreachable", Detail: fmt.Sprintf("no Turnout answers at %s (%v)", base, errors.Unwrap(err)),
		Hint: "start one with `turnout up`, or give its address with --url or TURNOUT_URL", Cause: err,
	}
}

// misused makes a usage error of what a Turnout refuses with one of the statuses: names and values that only
// the server knows are as wrong on the command line as those that the command refuses itself.
func misused(err error, statuses ...int) error {
	var refused *problem.Error
	if errors.As(err, &refused) && slices.Contains(statuses, refused.Status) && refused.Code != codeUnexpected {
		return usageError{err}
	}
	return err
}

// codeUnexpected is that of an answer that is none of Turnout's.
const codeUnexpected = "unexpected_answer"

const longestProblem = 64 << 10

// problemOf reads the problem document of a refused request.
func problemOf(response *http.Response) error {
	raw, err := io.ReadAll(io.LimitReader(response.Body, longestProblem))
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	var document problem.Document
	if err := json.Unmarshal(raw, &document); err != nil || document.Title == "" {
		return &problem.Error{
			Status: response.StatusCode, Code: codeUnexpected,
			Detail: fmt.Sprintf("the server answered %s", response.Status),
			Hint:   "check that --url names a Turnout",
		}
	}
	if document.Detail == "" {
		document.Detail = document.Title
	}
	return &problem.Error{
		Status: document.Status, Code: document.Code, Title: document.Title,
		Detail: document.Detail, Hint: document.Hint, Pointer: document.Pointer,
	}
}
