package gateway

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/producers"
)

// statusClientGone marks requests whose client left, in metrics; nobody receives it.
const statusClientGone = 499

// How long a client is asked to wait before it sends again.
const (
	retryBusy     = time.Second
	retryAway     = 2 * time.Second
	retryStopping = 5 * time.Second
	retryFull     = 30 * time.Second
)

// writeReport answers a request that could be read: 202 when anything was
// accepted or there was nothing to refuse, 422 when all was refused. With
// Prefer: return=minimal (RFC 7240) only the refused events are listed.
func writeReport(w http.ResponseWriter, r *http.Request, report producers.Report) int {
	status := http.StatusAccepted
	if report.Accepted == 0 && report.Rejected > 0 {
		status = http.StatusUnprocessableEntity
	}
	header := w.Header()
	if wantsMinimal(r) {
		header.Set("Preference-Applied", "return=minimal")
		report.Results = refusedOnly(report.Results)
	}
	body := append(report.AppendJSON(make([]byte, 0, reportRoom*(1+len(report.Results)))), '\n')
	header["Content-Length"] = []string{strconv.Itoa(len(body))}
	header["Content-Type"] = []string{"application/json"}
	header["X-Content-Type-Options"] = []string{"nosniff"}
	header["Cache-Control"] = []string{"no-store"}
	w.WriteHeader(status)
	// The status line is out: a client that is gone cannot be told anything more.
	_, _ = w.Write(body) //nolint:gosec // JSON, and told so
	return status
}

// reportRoom is what one accepted event usually takes of an answer.
const reportRoom = 128

func wantsMinimal(r *http.Request) bool {
	for _, preference := range r.Header.Values("Prefer") {
		if strings.Contains(strings.ToLower(preference), "return=minimal") {
			return true
		}
	}
	return false
}

func refusedOnly(results []producers.Result) []producers.Result {
	refused := []producers.Result{}
	for _, result := range results {
		if result.Status == producers.Rejected {
			refused = append(refused, result)
		}
	}
	return refused
}

func writeProblem(w http.ResponseWriter, r *http.Request, p *problem.Error) {
	if p.Status == http.StatusUnsupportedMediaType {
		if p.Code == "unsupported_encoding" {
			w.Header().Set("Accept-Encoding", acceptedEncodings)
		} else {
			w.Header().Set("Accept-Post", acceptedMedia)
		}
	}
	problem.Write(w, r, p)
}

func unsupportedMedia(detail string) error {
	return &problem.Error{
		Status: http.StatusUnsupportedMediaType, Code: "unsupported_media_type", Pointer: "Content-Type",
		Detail: detail,
		Hint:   "Send one of " + acceptedMedia + " (the last with the ce- headers of the binary mode).",
	}
}

// unreadable wraps what is wrong with a body as a whole.
func unreadable(err error) error {
	violation := asViolation(err)
	if violation == nil {
		return fmt.Errorf("read body: %w", err)
	}
	return &problem.Error{
		Status: http.StatusBadRequest, Code: violation.Code, Pointer: violation.Pointer,
		Detail: violation.Detail, Hint: violation.Hint,
	}
}

// turnedAway answers for events that were not queued, hence certainly not stored.
func turnedAway(err error) error {
	p := &problem.Error{Status: http.StatusServiceUnavailable, Cause: err, RetryAfter: retryBusy}
	switch {
	case errors.Is(err, errClientFull):
		p.Status, p.Code = http.StatusTooManyRequests, "queue_share_full"
		p.Detail = "This client has as many events waiting to be stored as one client may; nothing of the request was stored."
		p.Hint = "Wait for earlier requests to be answered, then send it again."
	case errors.Is(err, errStopping):
		p.Code, p.RetryAfter = "stopping", retryStopping
		p.Detail, p.Hint = "The gateway is shutting down; nothing of the request was stored.", "Send it again shortly."
	default:
		p.Code = "busy"
		p.Detail, p.Hint = "The gateway has as much in hand as it may hold; nothing of the request was stored.", "Send it again shortly."
	}
	return p
}

// notReady answers for events that were not even read.
func notReady(err error) error {
	if errors.Is(err, ErrDiskFull) {
		return diskFull(err, "nothing of the request was stored")
	}
	return &problem.Error{
		Status: http.StatusServiceUnavailable, Cause: err, Code: "stream_unavailable", RetryAfter: retryAway,
		Detail: "The event stream cannot be reached; nothing of the request was stored.", Hint: "Send it again shortly.",
	}
}

func diskFull(err error, stored string) error {
	return &problem.Error{
		Status: http.StatusServiceUnavailable, Cause: err, Code: "disk_full", RetryAfter: retryFull,
		Detail: "The disk of the event stream has no room for more events; " + stored + ".",
		Hint:   "Send the whole request again later; whoever runs the server must make room on the disk of its data folder.",
	}
}

// unavailable answers for events whose message was not acknowledged. ready may know
// why: a full disk only shows in acknowledgements that do not come.
func unavailable(err, ready error) error {
	if errors.Is(ready, ErrDiskFull) && !errors.Is(err, producers.ErrTooLarge) {
		return diskFull(errors.Join(err, ready), "some of the request may be stored")
	}
	p := &problem.Error{
		Status: http.StatusServiceUnavailable, Cause: err, Code: "stream_unavailable", RetryAfter: retryAway,
		Detail: "The event stream did not acknowledge the events; some of them may be stored.",
		Hint:   "Send the whole request again: what is stored already is counted once.",
	}
	switch {
	case errors.Is(err, producers.ErrFull):
		p.Code, p.RetryAfter = "stream_full", retryFull
		p.Detail = "The event stream has no room for more events; some of the request may be stored."
		p.Hint = "Send the whole request again later; whoever runs the server can raise --stream-max-bytes or trim the stream."
	case errors.Is(err, producers.ErrTooLarge):
		p.Code, p.RetryAfter = "stream_refuses_size", retryFull
		p.Detail = "The event stream refuses messages of the size that the gateway was told to send; some of the request may be stored."
		p.Hint = "Whoever runs the server must raise max_payload of NATS or the stream's largest message."
	}
	return p
}

func tooFast(wait time.Duration) error {
	return &problem.Error{
		Status: http.StatusTooManyRequests, Code: "rate_limited", RetryAfter: wait,
		Detail: "This client sends more events than it may; nothing of the request was stored.",
		Hint:   "Wait as long as Retry-After says, then send it again.",
	}
}
