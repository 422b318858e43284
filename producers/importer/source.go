package importer

import (
	"errors"
	"io"
)

// Limits that bound the importer's memory whatever a file holds.
const (
	MaxCell    = 64 << 10 // bytes of one cell, as UTF-8
	MaxRecord  = 1 << 20  // bytes of one record, as UTF-8, with its quotes
	MaxColumns = 2000
	chunkSize  = 64 << 10
)

// source reads bytes and can go back to any byte since pin. The pinned bytes
// are at most MaxRecord and a chunk: the record reader gives up before.
type source struct {
	r        io.Reader
	buf      []byte
	pinned   int // start of what must be kept
	pos, end int
	lost     bool // the start of the current record is no longer there
	err      error
}

func newSource(r io.Reader) *source {
	return &source{r: r, buf: make([]byte, chunkSize)}
}

// pin forgets everything before the next byte.
func (s *source) pin() { s.pinned = s.pos }

// offset is how many bytes were read since pin.
func (s *source) offset() int { return s.pos - s.pinned }

// rewind goes back to an offset since pin.
func (s *source) rewind(offset int) { s.pos = s.pinned + offset }

// next returns the next byte; ok is false at the end or on a read error, which
// failure then tells.
func (s *source) next() (b byte, ok bool) {
	if s.pos == s.end && !s.fill() {
		return 0, false
	}
	b = s.buf[s.pos]
	s.pos++
	return b, true
}

// peek returns the next byte without taking it.
func (s *source) peek() (b byte, ok bool) {
	if s.pos == s.end && !s.fill() {
		return 0, false
	}
	return s.buf[s.pos], true
}

// failure is the read error that ended the file, nil at its true end.
func (s *source) failure() error {
	if errors.Is(s.err, io.EOF) {
		return nil
	}
	return s.err
}

func (s *source) fill() bool {
	if s.err != nil {
		return false
	}
	if s.pinned > 0 {
		n := copy(s.buf, s.buf[s.pinned:s.end])
		s.pos -= s.pinned
		s.pinned, s.end = 0, n
	}
	if s.end == len(s.buf) {
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	for range 100 {
		n, err := s.r.Read(s.buf[s.end:])
		s.end += n
		if err != nil {
			s.err = err
		}
		if n > 0 {
			return true
		}
		if err != nil {
			return false
		}
	}
	s.err = io.ErrNoProgress
	return false
}
