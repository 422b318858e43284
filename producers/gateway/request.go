package gateway

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/schemas"
)

// mode is how a request carries its events; its text labels metrics.
type mode string

const (
	modeUnknown    mode = "unknown"
	modeStructured mode = "structured"
	modeBatch      mode = "batch"
	modeBinary     mode = "binary"
	modeLines      mode = "ndjson"
)

const (
	mediaLinesAlias = "application/jsonl"
	ceHeaderPrefix  = "Ce-"
	// acceptedMedia is told with every 415, in the order of preference.
	acceptedMedia = stream.MediaStructured + ", " + stream.MediaBatch + ", " + stream.MediaLines + ", " + stream.MediaJSON
)

// modeOf finds the mode by the content type and the presence of ce- headers.
func modeOf(header http.Header) (mode, error) {
	values := header.Values("Content-Type")
	if len(values) == 0 || values[0] == "" {
		return modeUnknown, unsupportedMedia("The request has no Content-Type.")
	}
	if len(values) > 1 {
		return modeUnknown, unsupportedMedia("The request has several Content-Type headers.")
	}
	switch values[0] { // as nearly everybody writes them
	case stream.MediaStructured:
		return modeStructured, nil
	case stream.MediaBatch:
		return modeBatch, nil
	case stream.MediaLines:
		return modeLines, nil
	}
	media, parameters, err := mime.ParseMediaType(values[0])
	if err != nil {
		return modeUnknown, unsupportedMedia(fmt.Sprintf("The Content-Type %q cannot be read.", values[0]))
	}
	if charset := strings.ToLower(parameters["charset"]); charset != "" && charset != "utf-8" && charset != "us-ascii" {
		return modeUnknown, unsupportedMedia(fmt.Sprintf("Events are read in UTF-8, not in %s.", charset))
	}
	switch media {
	case stream.MediaStructured:
		return modeStructured, nil
	case stream.MediaBatch:
		return modeBatch, nil
	case stream.MediaLines, mediaLinesAlias:
		return modeLines, nil
	default:
		return binaryMode(header, media)
	}
}

// binaryMode judges the media types that do not name a CloudEvents format: with
// ce- headers they are those of an event's data.
func binaryMode(header http.Header, media string) (mode, error) {
	isJSON := media == stream.MediaJSON || strings.HasSuffix(media, "+json")
	switch {
	case strings.HasPrefix(media, "application/cloudevents"):
		return modeUnknown, unsupportedMedia(fmt.Sprintf("CloudEvents are read in their JSON format only, not in %s.", media))
	case hasAttributes(header) && isJSON:
		return modeBinary, nil
	case hasAttributes(header):
		return modeUnknown, unsupportedMedia(fmt.Sprintf("The data of an event must be JSON, not %s.", media))
	case isJSON:
		return modeUnknown, &problem.Error{
			Status: http.StatusUnsupportedMediaType, Code: "unsupported_media_type", Pointer: "Content-Type",
			Detail: fmt.Sprintf("%s alone does not say whether the body is one event, several, or only the data of one.", media),
			Hint: "For one event send Content-Type: " + stream.MediaStructured + ", for a JSON array of events " + stream.MediaBatch +
				", for one event a line " + stream.MediaLines + "; or add the ce- headers of the binary mode.",
		}
	default:
		return modeUnknown, unsupportedMedia(fmt.Sprintf("Events are not read from %s.", media))
	}
}

func hasAttributes(header http.Header) bool {
	for name := range header {
		if strings.HasPrefix(name, ceHeaderPrefix) {
			return true
		}
	}
	return false
}

// split takes a body apart into its events, not decoded yet. Too many are
// refused before anything is allocated for them.
func (g *Gateway) split(mode mode, body []byte) ([][]byte, error) {
	if mode != modeBinary && len(bytes.TrimSpace(body)) == 0 {
		return nil, &problem.Error{
			Status: http.StatusBadRequest, Code: "empty_body", Detail: "The body is empty.",
			Hint: "Send at least one event.",
		}
	}
	switch mode {
	case modeBatch:
		if countElements(body, g.limits.Events) > g.limits.Events {
			return nil, g.tooManyEvents()
		}
		elements, err := schemas.SplitBatch(body)
		if err != nil {
			return nil, unreadable(err)
		}
		raws := make([][]byte, len(elements))
		for i := range elements {
			raws[i] = elements[i]
		}
		return raws, nil
	case modeLines:
		lines := splitLines(body, g.limits.Events)
		if len(lines) > g.limits.Events {
			return nil, g.tooManyEvents()
		}
		return lines, nil
	default:
		return [][]byte{body}, nil
	}
}

func (g *Gateway) tooManyEvents() error {
	return &problem.Error{
		Status: http.StatusRequestEntityTooLarge, Code: "too_many_events",
		Detail: fmt.Sprintf("The request carries more than %d events; nothing of it was stored.", g.limits.Events),
		Hint:   fmt.Sprintf("Send it in several requests of at most %d events.", g.limits.Events),
	}
}

// splitLines cuts NDJSON into its lines that are not blank, up to one past the limit.
func splitLines(body []byte, limit int) [][]byte {
	var lines [][]byte
	for line := range bytes.Lines(body) {
		if line = bytes.Trim(line, " \t\r\n"); len(line) > 0 {
			lines = append(lines, line)
		}
		if len(lines) > limit {
			break
		}
	}
	return lines
}

// countElements counts the elements of a JSON array, up to one past the limit.
// Of a malformed one it may give any number: only decoding can say what is wrong.
func countElements(body []byte, limit int) int {
	commas, depth, quoted := 0, 0, false
	for i := 0; i < len(body) && commas < limit; i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth--
		case c == ',' && depth == 1:
			commas++
		}
	}
	return commas + 1
}
