// Package problem is the one typed error that people and programs outside see.
//
// What enters: an error from anywhere below an edge (HTTP, command line).
// What leaves: an RFC 9457 problem document, or a sentence with a hint for a
// terminal. An error that is not an *Error is shown as an internal one, without
// its text: inner details are for the log.
package problem

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"
)

// MediaType is the content type of a problem document (RFC 9457).
const MediaType = "application/problem+json"

// Error says what is wrong, where, and what to do.
type Error struct {
	// Status is the HTTP status; 0 means 500.
	Status int
	// Code is a stable slug such as "unknown_report".
	Code string
	// Title is the kind of problem in a few words; empty means the status text.
	Title string
	// Detail is one sentence about this occurrence.
	Detail string
	// Hint says what to do; may be empty.
	Hint string
	// Pointer names the place: an RFC 6901 pointer, a parameter or a flag; may be empty.
	Pointer string
	// RetryAfter is told to the client when positive, rounded up to seconds.
	RetryAfter time.Duration
	// Cause is for the log only.
	Cause error
}

// Error is the sentence, with its place and hint, for a terminal or a log.
func (e *Error) Error() string {
	text := e.Detail
	if text == "" {
		text = e.title()
	}
	if e.Pointer != "" {
		text = e.Pointer + ": " + text
	}
	return text
}

// Unwrap gives the cause, so that errors.Is sees through the edge.
func (e *Error) Unwrap() error { return e.Cause }

func (e *Error) status() int {
	if e.Status == 0 {
		return http.StatusInternalServerError
	}
	return e.Status
}

func (e *Error) title() string {
	if e.Title != "" {
		return e.Title
	}
	return http.StatusText(e.status())
}

// Document is the body of an RFC 9457 answer. Type is left at its default
// "about:blank"; Code distinguishes problems of one status.
type Document struct {
	Status  int    `json:"status"`
	Title   string `json:"title"`
	Code    string `json:"code"`
	Detail  string `json:"detail,omitempty"`
	Hint    string `json:"hint,omitempty"`
	Pointer string `json:"pointer"` // "" where no place can be named
}

// From gives the *Error within err, or an internal error that hides err's text.
func From(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{
		Status: http.StatusInternalServerError,
		Code:   "internal",
		Detail: "Something went wrong on our side; the log has the details.",
		Cause:  err,
	}
}

// Write answers with err as a problem document.
func Write(w http.ResponseWriter, r *http.Request, err error) {
	e := From(err)
	header := w.Header()
	header.Set("Content-Type", MediaType)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	if e.RetryAfter > 0 {
		header.Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	}
	w.WriteHeader(e.status())
	if r.Method == http.MethodHead {
		return
	}
	// The status line is out: a failure to write the body has no other way to be told.
	_ = json.NewEncoder(w).Encode(Document{
		Status: e.status(), Title: e.title(), Code: e.Code,
		Detail: e.Detail, Hint: e.Hint, Pointer: e.Pointer,
	})
}
