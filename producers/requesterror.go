package producers

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/turnout/turnout/internal/problem"
)

// maxProblem is how much of an answer is read for its problem document.
const maxProblem = 64 << 10

// RequestError is a server's refusal of a request as a whole.
type RequestError struct {
	Status                             int
	Code, Title, Detail, Hint, Pointer string
}

// Error says what the server said, and what to do if it said so.
func (e *RequestError) Error() string {
	text := fmt.Sprintf("the server answered %d %s", e.Status, e.Title)
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if e.Hint != "" {
		text += " " + e.Hint
	}
	return text
}

// temporary reports whether the same request may be answered otherwise later.
func (e *RequestError) temporary() bool {
	switch e.Status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	default:
		return false
	}
}

// requestError reads a problem document, or makes one of what else was answered.
func requestError(response *http.Response) *RequestError {
	refused := &RequestError{Status: response.StatusCode, Title: http.StatusText(response.StatusCode)}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxProblem))
	if err != nil {
		return refused
	}
	var document problem.Document
	if strings.HasPrefix(response.Header.Get("Content-Type"), problem.MediaType) && json.Unmarshal(body, &document) == nil {
		refused.Title, refused.Code, refused.Detail = document.Title, document.Code, document.Detail
		refused.Hint, refused.Pointer = document.Hint, document.Pointer
		return refused
	}
	if response.StatusCode == http.StatusNotFound {
		refused.Hint = "Check the URL: events are taken at " + EventsPath + "."
	}
	return refused
}
