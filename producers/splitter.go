package producers

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/turnout/turnout/schemas"
)

// maxFileEvent is the longest event that is read from a file; servers take less.
const maxFileEvent = 1 << 20

// fileBuffer is how much is read from a file at a time.
const fileBuffer = 256 << 10

// fileEvent is one event of a file, not decoded, or what is wrong with its place.
type fileEvent struct {
	line int // where it begins, from 1
	raw  []byte
	err  *schemas.Violation
}

// splitter cuts a file into its events with bounded memory: NDJSON, events in
// JSON over several lines one after the other, or one JSON array of them. It
// only follows brackets and quotes; what is inside an event is for its decoder
// to judge. After something malformed it goes on at the next line that can begin
// an event, so that one bad line costs no good ones.
type splitter struct {
	in      *bufio.Reader
	line    int // of the next byte, from 1
	started bool
	array   bool
	ended   bool // the array was closed, or cannot be followed any further
	comma   bool // the last element was followed by a comma
}

func newSplitter(r io.Reader) *splitter {
	return &splitter{in: bufio.NewReaderSize(r, fileBuffer), line: 1}
}

// buffered reports whether the next event may be had without waiting for more input.
func (s *splitter) buffered() bool { return s.in.Buffered() > 0 }

// next gives the next event, io.EOF at the end, or the reader's own error.
func (s *splitter) next() (fileEvent, error) {
	if !s.started {
		s.started = true
		if bom, _ := s.in.Peek(3); bytes.Equal(bom, []byte("\xef\xbb\xbf")) {
			_, _ = s.in.Discard(len(bom)) // cannot fail: just peeked
		}
		first, err := s.skipSpace()
		if err != nil {
			return fileEvent{}, err
		}
		if s.array = first == '['; s.array {
			_, _ = s.readByte() // cannot fail: just peeked
		}
	}
	if s.array {
		return s.element()
	}
	return s.lines()
}

// skipSpace goes to the next byte that is no white space and gives it without taking it.
func (s *splitter) skipSpace() (byte, error) {
	for {
		c, err := s.readByte()
		if err != nil {
			return 0, err
		}
		if !isSpace(c) {
			s.unread(c)
			return c, nil
		}
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func (s *splitter) readByte() (byte, error) {
	c, err := s.in.ReadByte()
	if err != nil {
		return 0, err //nolint:wrapcheck // io.EOF must stay itself
	}
	if c == '\n' {
		s.line++
	}
	return c, nil
}

func (s *splitter) unread(c byte) {
	_ = s.in.UnreadByte() // cannot fail: just read
	if c == '\n' {
		s.line--
	}
}

// nesting follows brackets and quotes through JSON.
type nesting struct {
	depth           int
	quoted, escaped bool
}

func (n *nesting) feed(c byte) {
	switch {
	case n.escaped:
		n.escaped = false
	case n.quoted && c == '\\':
		n.escaped = true
	case c == '"':
		n.quoted = !n.quoted
	case n.quoted && c == '\n':
		n.quoted = false // no JSON string goes over a line's end: it was not closed
	case n.quoted:
	case c == '{' || c == '[':
		n.depth++
	case c == '}' || c == ']':
		n.depth--
	}
}

// collected is an event's bytes up to the longest that is read.
type collected struct {
	raw  []byte
	size int
}

func (c *collected) add(b byte) {
	c.size++
	if c.size <= maxFileEvent {
		c.raw = append(c.raw, b)
	}
}

func (c *collected) event(line int) fileEvent {
	if c.size > maxFileEvent {
		return fileEvent{line: line, err: &schemas.Violation{
			Code:   schemas.CodeTooLarge,
			Detail: fmt.Sprintf("The event is %d bytes long; at most %d are read.", c.size, maxFileEvent),
			Hint:   "check that quotes and brackets are closed; an event states one fact",
		}}
	}
	return fileEvent{line: line, raw: bytes.Trim(c.raw, " \t\r\n")}
}

// lines gives the next event that begins on a line of its own: one line, or the
// lines until its brackets close. A following line that begins with { shows that
// an open one was cut off.
func (s *splitter) lines() (fileEvent, error) {
	if _, err := s.skipSpace(); err != nil {
		return fileEvent{}, err
	}
	begin := s.line
	var text collected
	var state nesting
	for {
		c, err := s.readByte()
		if errors.Is(err, io.EOF) {
			return text.event(begin), nil
		}
		if err != nil {
			return fileEvent{}, err
		}
		cut := c == '\n' && state.quoted
		state.feed(c)
		text.add(c)
		if c != '\n' {
			continue
		}
		if cut || state.depth <= 0 || text.raw[0] != '{' {
			return text.event(begin), nil
		}
		if s.peekPastBlank() == '{' {
			return text.event(begin), nil
		}
	}
}

// peekPastBlank drops line ends and gives the byte after them; 0 at the end.
func (s *splitter) peekPastBlank() byte {
	for {
		following, _ := s.in.Peek(1) // an error comes again with the next read
		switch {
		case len(following) == 0:
			return 0
		case following[0] != '\r' && following[0] != '\n':
			return following[0]
		}
		_, _ = s.readByte() // cannot fail: just peeked
	}
}

// element gives the next element of the array, or what is wrong with its place.
func (s *splitter) element() (fileEvent, error) {
	first, err := s.skipSpace()
	if errors.Is(err, io.EOF) && !s.ended {
		s.ended = true
		return s.malformed("The array ends without its closing bracket."), nil
	}
	if err != nil {
		return fileEvent{}, err
	}
	if s.ended {
		event := s.malformed("Something follows the end of the array.")
		if _, err := io.Copy(io.Discard, s.in); err != nil {
			return fileEvent{}, fmt.Errorf("read to the end: %w", err)
		}
		return event, nil
	}
	if first == ',' || first == ']' {
		begin := s.line
		_, _ = s.readByte() // cannot fail: just peeked
		s.ended = first == ']'
		if s.ended && !s.comma {
			return s.next()
		}
		return fileEvent{line: begin, err: malformed("An element of the array is missing: there is nothing before this comma or bracket.")}, nil
	}
	return s.elementText()
}

// elementText collects an element up to the comma or bracket that ends it.
func (s *splitter) elementText() (fileEvent, error) {
	begin := s.line
	var text collected
	var state nesting
	for {
		c, err := s.readByte()
		if errors.Is(err, io.EOF) {
			s.ended = true
			return text.event(begin), nil // cut off: its decoder says so
		}
		if err != nil {
			return fileEvent{}, err
		}
		if !state.quoted && state.depth <= 0 && (c == ',' || c == ']') {
			s.comma, s.ended = c == ',', c == ']'
			return text.event(begin), nil
		}
		state.feed(c)
		text.add(c)
	}
}

func (s *splitter) malformed(detail string) fileEvent {
	return fileEvent{line: s.line, err: malformed(detail)}
}

func malformed(detail string) *schemas.Violation {
	return &schemas.Violation{
		Code: schemas.CodeMalformedJSON, Detail: detail, Hint: "check that the file is complete; one event a line (NDJSON) is the safest form",
	}
}
