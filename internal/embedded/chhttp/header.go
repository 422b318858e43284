package chhttp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
)

// header takes the names (and types) off every piece of an answer but the first:
// libchdb writes them at the beginning of each.
type header struct {
	format string // lower case
	bytes  []byte // of the first piece; nil before it
}

// newHeader returns nil for formats that have none, or none that this package can read.
func newHeader(format string) *header {
	format = strings.ToLower(format)
	for _, begins := range []string{"csv", "tsv", "tabseparated", "rowbinary", "jsoncompacteachrow", "jsoncompactstringseachrow"} {
		if rest, ok := strings.CutPrefix(format, begins); ok {
			switch strings.TrimPrefix(rest, "raw") {
			case "withnames", "withnamesandtypes":
				return &header{format: format}
			}
		}
	}
	return nil
}

// strip returns what of a piece is to be sent.
func (h *header) strip(piece []byte) ([]byte, error) {
	if h.bytes == nil {
		size := h.size(piece)
		if size <= 0 {
			return nil, errors.New("the engine's answer has no header that can be read")
		}
		h.bytes = bytes.Clone(piece[:size])
		return piece, nil
	}
	rest, ok := bytes.CutPrefix(piece, h.bytes)
	if !ok {
		return nil, errors.New("the engine's answer changed its header on the way")
	}
	return rest, nil
}

// size finds the end of the header in the first piece; 0 when there is none.
func (h *header) size(piece []byte) int {
	types := strings.HasSuffix(h.format, "types")
	if strings.HasPrefix(h.format, "rowbinary") {
		return binaryHeader(piece, types)
	}
	lines := 1
	if types {
		lines = 2
	}
	quoted := false // a name in CSV may have a line end
	for i, c := range piece {
		switch {
		case c == '"' && strings.HasPrefix(h.format, "csv"):
			quoted = !quoted
		case c == '\n' && !quoted:
			if lines--; lines == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// binaryHeader is the number of columns, then their names, then their types, each
// with its length before it.
func binaryHeader(piece []byte, types bool) int {
	columns, at := binary.Uvarint(piece)
	if at <= 0 || columns > uint64(len(piece)) {
		return 0
	}
	texts := columns
	if types {
		texts *= 2
	}
	for range texts {
		length, n := binary.Uvarint(piece[at:])
		if n <= 0 || length > uint64(len(piece)-at-n) {
			return 0
		}
		at += n + int(length)
	}
	return at
}
