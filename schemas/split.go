package schemas

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// SplitBatch cuts a batch (application/cloudevents-batch+json) into its raw events. It checks the array only, not what is inside an
// element, so that one bad event does not take the others with it. The error is a *Violation. The results share body's memory.
func SplitBatch(body []byte) ([]json.RawMessage, error) {
	i := skipSpace(body, 0)
	if i == len(body) || body[i] != '[' {
		return nil, batchViolation(body, i, "a batch is a JSON array of events, beginning with [")
	}
	events := []json.RawMessage{}
	i = skipSpace(body, i+1)
	if i < len(body) && body[i] == ']' {
		if err := endOfBatch(body, i+1); err != nil {
			return nil, err
		}
		return events, nil
	}
	for {
		end, violation := element(body, i)
		if violation != nil {
			return nil, violation
		}
		events = append(events, json.RawMessage(body[i:end:end]))
		i = skipSpace(body, end)
		if i < len(body) && body[i] == ']' {
			if err := endOfBatch(body, i+1); err != nil {
				return nil, err
			}
			return events, nil
		}
		if i == len(body) || body[i] != ',' {
			return nil, batchViolation(body, i, "a comma or ] must follow an event")
		}
		i = skipSpace(body, i+1)
	}
}

// element finds the end of the array element that begins at i.
func element(body []byte, i int) (int, *Violation) {
	end := skipValue(body, i)
	if end == i || end == len(body) {
		return 0, batchViolation(body, end, "the array ends in the middle of an event")
	}
	if body[i] == '{' {
		return end, nil
	}
	for end > i && isSpace(body[end-1]) {
		end--
	}
	if !jsontext.Value(body[i:end]).IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) {
		return 0, batchViolation(body, i, "this is not a JSON value")
	}
	return end, nil
}

func endOfBatch(body []byte, i int) error {
	if rest := skipSpace(body, i); rest != len(body) {
		return batchViolation(body, rest, "something follows the end of the array")
	}
	return nil
}

func batchViolation(body []byte, offset int, problem string) *Violation {
	line, column := position(body, min(offset, len(body)))
	return &Violation{
		Code:   CodeMalformedJSON,
		Detail: fmt.Sprintf("The batch is not valid JSON at line %d, column %d (byte %d): %s.", line, column, offset, problem),
		Hint:   "check that the text is complete; for one event a line use application/x-ndjson",
	}
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	return i
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// SplitLines cuts NDJSON into its lines, without line ends; blank lines are dropped. The results share body's memory.
func SplitLines(body []byte) [][]byte {
	lines := make([][]byte, 0, 1+bytes.Count(body, []byte("\n")))
	for line := range bytes.Lines(body) {
		if line = bytes.Trim(line, " \t\r\n"); len(line) > 0 {
			lines = append(lines, slices.Clip(line))
		}
	}
	return lines
}
