package producers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/schemas"
)

// HTTPConfig says how to reach a gateway.
type HTTPConfig struct {
	// URL of the server, such as http://127.0.0.1:8080; the events' path is added when it has none.
	URL string
	// Key is sent as bearer token; may be empty.
	Key string
	// Tenant is asked for by ?tenant=; may be empty.
	Tenant string
	// HTTPClient sends the requests; nil means one of its own, with a time limit.
	HTTPClient *http.Client
	// BatchEvents and BatchBytes bound one request; 0 means 500 events and 4 MiB.
	BatchEvents int
	BatchBytes  int
	// InFlight requests are sent at a time by one Publish; 0 means 4.
	InFlight int
	// Attempts for each request while the server cannot be reached or asks to
	// come back later; 0 means 10.
	Attempts int
	// Backoff between the attempts; the zero value is a sensible default.
	Backoff Backoff
	// OnRetry is told before each wait; may be nil. It may be called by several goroutines.
	OnRetry func(attempt int, err error)
}

const (
	// EventsPath is where a gateway takes events.
	EventsPath = "/v1/events"

	defaultBatchEvents  = 500
	defaultBatchBytes   = 4 << 20
	defaultInFlight     = 4
	defaultHTTPAttempts = 10
	defaultHTTPTimeout  = 60 * time.Second
)

// HTTP publishes events through a gateway. It may be used by several goroutines.
type HTTP struct {
	cfg    HTTPConfig
	target string
}

// NewHTTP makes a client; it does not connect. An error means that the URL cannot be used.
func NewHTTP(cfg HTTPConfig) (*HTTP, error) {
	target, err := targetOf(cfg.URL, cfg.Tenant)
	if err != nil {
		return nil, err
	}
	if cfg.HTTPClient == nil {
		cfg.HTTPClient = &http.Client{Timeout: defaultHTTPTimeout}
	}
	cfg.BatchEvents = orDefault(cfg.BatchEvents, defaultBatchEvents)
	cfg.BatchBytes = orDefault(cfg.BatchBytes, defaultBatchBytes)
	cfg.InFlight = orDefault(cfg.InFlight, defaultInFlight)
	cfg.Attempts = orDefault(cfg.Attempts, defaultHTTPAttempts)
	cfg.Backoff = cfg.Backoff.withDefaults()
	return &HTTP{cfg: cfg, target: target}, nil
}

func orDefault(value, fallback int) int {
	if value == 0 {
		return fallback
	}
	return value
}

func targetOf(raw, tenant string) (string, error) {
	parsed, err := url.Parse(raw)
	if err != nil {
		return "", fmt.Errorf("read the server's URL: %w", err)
	}
	if (parsed.Scheme != "http" && parsed.Scheme != "https") || parsed.Host == "" {
		return "", fmt.Errorf("read the server's URL: %q is not of the form http://host:port", raw)
	}
	if strings.Trim(parsed.Path, "/") == "" {
		parsed.Path = EventsPath
	}
	if tenant != "" {
		query := parsed.Query()
		query.Set("tenant", tenant)
		parsed.RawQuery = query.Encode()
	}
	return parsed.String(), nil
}

// Publish sends events in batches, a few at a time, and again while the server is
// unavailable. An error means that some batches were not answered; the results of
// their events are Unknown. A refusal of a whole request is a *RequestError.
func (h *HTTP) Publish(ctx context.Context, events []json.RawMessage) ([]Result, error) {
	results := unknownResults(len(events))
	batches := h.batch(events, results)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(h.cfg.InFlight)
	for _, b := range batches {
		group.Go(func() error { return h.deliver(ctx, b, results) })
	}
	if err := group.Wait(); err != nil {
		return results, fmt.Errorf("publish events: %w", err)
	}
	return results, nil
}

// httpBatch is the lines of one request and where they come from.
type httpBatch struct {
	lines   [][]byte
	indexes []int
}

// batch cuts the events into requests. What cannot be written in one line is
// rejected here, with what the server would have said.
func (h *HTTP) batch(events []json.RawMessage, results []Result) []httpBatch {
	var batches []httpBatch
	size := 0
	for i, raw := range events {
		line, err := oneLine(raw)
		if err != nil {
			results[i] = Reject(i, "", err)
			continue
		}
		last := len(batches) - 1
		if last < 0 || len(batches[last].lines) == h.cfg.BatchEvents || size+len(line)+1 > h.cfg.BatchBytes {
			batches, size = append(batches, httpBatch{}), 0
			last++
		}
		batches[last].lines = append(batches[last].lines, line)
		batches[last].indexes = append(batches[last].indexes, i)
		size += len(line) + 1
	}
	return batches
}

// oneLine gives an event that can stand in a line of NDJSON. Line breaks within
// are taken out; a blank event would shift the others and is refused.
func oneLine(raw []byte) ([]byte, error) {
	line := bytes.TrimSpace(raw)
	if len(line) > 0 && bytes.IndexByte(line, '\n') < 0 {
		return line, nil
	}
	event, err := schemas.DecodeStructured(line)
	if err != nil {
		return nil, err // a *schemas.Violation, shown as it is
	}
	return event.AppendJSON(make([]byte, 0, len(line))), nil
}

// deliver sends one batch until it is answered. A request that is too large for
// the server is halved.
func (h *HTTP) deliver(ctx context.Context, b httpBatch, results []Result) error {
	report, err := h.send(ctx, bytes.Join(b.lines, []byte("\n")))
	var refused *RequestError
	if errors.As(err, &refused) && refused.Status == http.StatusRequestEntityTooLarge && len(b.lines) > 1 {
		half := len(b.lines) / 2
		return errors.Join(
			h.deliver(ctx, httpBatch{b.lines[:half], b.indexes[:half]}, results),
			h.deliver(ctx, httpBatch{b.lines[half:], b.indexes[half:]}, results))
	}
	if err != nil {
		return err
	}
	if len(report.Results) != len(b.lines) {
		return fmt.Errorf("the server answered for %d events where %d were sent", len(report.Results), len(b.lines))
	}
	for i, result := range report.Results {
		if result.Index != i || (result.Status != Accepted && result.Status != Rejected) {
			return fmt.Errorf("the server's answer for event %d cannot be understood", i)
		}
		result.Index = b.indexes[i]
		results[b.indexes[i]] = result
	}
	return nil
}

// send posts one body until it is answered or the attempts are used up.
func (h *HTTP) send(ctx context.Context, body []byte) (Report, error) {
	for attempt := 1; ; attempt++ {
		report, wish, err := h.post(ctx, body)
		if err == nil {
			return report, nil
		}
		var refused *RequestError
		if errors.As(err, &refused) && !refused.temporary() {
			return report, err
		}
		if attempt == h.cfg.Attempts || ctx.Err() != nil {
			return report, fmt.Errorf("after %d attempts: %w", attempt, err)
		}
		if h.cfg.OnRetry != nil {
			h.cfg.OnRetry(attempt, err)
		}
		if err := h.cfg.Backoff.wait(ctx, attempt, wish); err != nil {
			return report, err
		}
	}
}

// post makes one attempt. The duration is how long the server asked to wait.
func (h *HTTP) post(ctx context.Context, body []byte) (Report, time.Duration, error) {
	var report Report
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.target, bytes.NewReader(body))
	if err != nil {
		return report, 0, fmt.Errorf("make request: %w", err)
	}
	request.Header.Set("Content-Type", stream.MediaLines)
	if h.cfg.Key != "" {
		request.Header.Set("Authorization", "Bearer "+h.cfg.Key)
	}
	response, err := h.cfg.HTTPClient.Do(request)
	if err != nil {
		return report, 0, fmt.Errorf("send events: %w", err)
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusAccepted, http.StatusUnprocessableEntity:
		if err := json.NewDecoder(response.Body).Decode(&report); err != nil {
			return report, 0, fmt.Errorf("read the server's answer: %w", err)
		}
		return report, 0, nil
	default:
		return report, retryAfter(response.Header, time.Now()), requestError(response)
	}
}
