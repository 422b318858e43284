package chdb

import (
	"errors"
	"io"
	"runtime"
	"unsafe"
)

// Stream is a SELECT's answer piece by piece, in bounded memory.
type Stream struct {
	conn   *Conn
	handle unsafe.Pointer
	chunk  unsafe.Pointer // the piece last given out; freed at the next call
	stats  Stats
	ended  bool
}

// Stream starts a SELECT. Other kinds of statement are refused by the engine (code 36).
// The connection may run nothing else until the stream is closed.
func (c *Conn) Stream(sql []byte, format string, params ...Param) (*Stream, error) {
	list := pack(params)
	f := []byte(format)
	handle := c.lib.streamQuery(c.pointer(), first(sql), uintptr(len(sql)), first(f), uintptr(len(f)),
		list.names, list.nameLens, list.values, list.valueLens, list.count)
	runtime.KeepAlive(list)
	if handle == nil {
		return nil, errors.New("the engine gave no stream")
	}
	if text := cString(c.lib.resultError(handle)); text != "" {
		c.lib.destroy(handle)
		return nil, newError(text)
	}
	return &Stream{conn: c, handle: handle}, nil
}

// Next returns the next piece, valid until the next call, and io.EOF after the last.
func (s *Stream) Next() ([]byte, error) {
	s.free()
	if s.ended {
		return nil, io.EOF
	}
	lib := s.conn.lib
	chunk := lib.streamFetch(s.conn.pointer(), s.handle)
	if chunk == nil {
		s.ended = true
		return nil, errors.New("the engine ended the stream without a reason")
	}
	s.chunk = chunk
	if text := cString(lib.resultError(chunk)); text != "" {
		s.ended = true
		return nil, newError(text)
	}
	n := lib.resultLen(chunk)
	if n == 0 {
		s.ended = true
		return nil, io.EOF
	}
	piece := lib.stats(chunk)
	s.stats.ReadRows += piece.ReadRows
	s.stats.ReadBytes += piece.ReadBytes
	s.stats.ResultRows += piece.ResultRows
	return unsafe.Slice((*byte)(lib.resultData(chunk)), n), nil
}

// Stats counts what was read so far.
func (s *Stream) Stats() Stats { return s.stats }

// Close ends the statement, cancelling it when it has not come to its end.
func (s *Stream) Close() {
	s.free()
	if s.handle == nil {
		return
	}
	if !s.ended {
		s.conn.lib.streamCancel(s.conn.pointer(), s.handle)
	}
	s.conn.lib.destroy(s.handle)
	s.handle = nil
}

func (s *Stream) free() {
	if s.chunk != nil {
		s.conn.lib.destroy(s.chunk)
		s.chunk = nil
	}
}

// Insert takes rows in pieces of any size in one of ClickHouse's input formats.
type Insert struct {
	lib    *Library
	handle unsafe.Pointer
}

// Insert starts an INSERT; sql ends before FORMAT and carries no data.
func (c *Conn) Insert(sql []byte, format string, params ...Param) (*Insert, error) {
	list := pack(params)
	f := []byte(format)
	handle := c.lib.insert(c.pointer(), first(sql), uintptr(len(sql)), first(f), uintptr(len(f)),
		list.names, list.nameLens, list.values, list.valueLens, list.count)
	runtime.KeepAlive(list)
	if handle == nil {
		return nil, errors.New("the engine gave no insert")
	}
	if text := cString(c.lib.insertError(handle)); text != "" {
		c.lib.insertFree(handle)
		return nil, newError(text)
	}
	return &Insert{lib: c.lib, handle: handle}, nil
}

// ErrInsertEnded says that the engine takes no more rows; Done tells why.
func ErrInsertEnded() error { return errors.New("the insert takes no more rows") }

// Write hands rows over; it blocks while the engine is busy. After a failure the
// reason comes from Done.
func (i *Insert) Write(data []byte) (int, error) {
	if len(data) == 0 {
		return 0, nil
	}
	if i.lib.insertAppend(i.handle, &data[0], uintptr(len(data))) != 0 {
		return 0, ErrInsertEnded()
	}
	return len(data), nil
}

// Done says that all rows were handed over and waits until they are stored.
func (i *Insert) Done() (Stats, error) {
	handle := i.lib.insertDone(i.handle)
	if handle == nil {
		return Stats{}, errors.New("the engine gave no result")
	}
	defer i.lib.destroy(handle)
	if text := cString(i.lib.resultError(handle)); text != "" {
		return Stats{}, newError(text)
	}
	return i.lib.stats(handle), nil
}

// Cancel gives the insert up: rows not yet written as a block are dropped.
func (i *Insert) Cancel() { i.lib.insertCancel(i.handle) }

// Close frees the insert, cancelling it when it was not done.
func (i *Insert) Close() {
	if i.handle != nil {
		i.lib.insertFree(i.handle)
		i.handle = nil
	}
}
