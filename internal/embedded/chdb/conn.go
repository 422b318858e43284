package chdb

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"unsafe"
)

// Param is a query parameter: {name:Type} in the text, its value in ClickHouse's
// escaped text form, as in the HTTP interface.
type Param struct{ Name, Value string }

// Engine is a started ClickHouse on one data folder.
type Engine struct {
	lib  *Library
	path string
	keep *Conn // open for the engine's life: closing the last one takes everything down
}

// Start opens the data folder with the given server options ("--name=value").
// libchdb says why it cannot on the process's standard error.
func (l *Library) Start(path string, options ...string) (*Engine, error) {
	args := append([]string{"turnout", "--path=" + path}, options...)
	conn, err := l.dial(args)
	if err != nil {
		return nil, fmt.Errorf("open ClickHouse data folder %s: %w", path, err)
	}
	return &Engine{lib: l, path: path, keep: conn}, nil
}

// Conn opens a connection. It belongs to one goroutine and runs one statement at a time.
func (e *Engine) Conn() (*Conn, error) {
	return e.lib.dial([]string{"turnout", "--path=" + e.path})
}

// Close ends the engine. All other connections must be closed before.
func (e *Engine) Close() { e.keep.Close() }

// Version is the version of the loaded library.
func (e *Engine) Version() string { return e.lib.Version() }

func (l *Library) dial(args []string) (*Conn, error) {
	buffers := make([][]byte, len(args))
	argv := make([]*byte, len(args)+1)
	for i, arg := range args {
		buffers[i] = append([]byte(arg), 0)
		argv[i] = &buffers[i][0]
	}
	handle := l.connect(int32(len(args)), unsafe.Pointer(&argv[0]))
	runtime.KeepAlive(buffers)
	l.signals.restore()
	if handle == nil {
		return nil, errors.New("the engine refused the connection; its reason is in the log above")
	}
	return &Conn{lib: l, handle: handle}, nil
}

// Conn is one connection with its own settings and current database.
type Conn struct {
	lib    *Library
	handle unsafe.Pointer // chdb_connection *
}

func (c *Conn) pointer() unsafe.Pointer { return *(*unsafe.Pointer)(c.handle) }

// Close frees the connection; it must not be used afterwards.
func (c *Conn) Close() {
	if c.handle != nil {
		c.lib.closeConn(c.handle)
		c.handle = nil
	}
}

// Stats says what a statement has read and written.
type Stats struct{ ReadRows, ReadBytes, WrittenRows, WrittenBytes, ResultRows uint64 }

// Result is the whole answer of a statement.
type Result struct {
	Data  []byte
	Stats Stats
}

// Query runs a statement and returns its whole answer. Not for a large SELECT
// (see Stream) nor for inserting rows (see Insert).
func (c *Conn) Query(sql []byte, format string, params ...Param) (*Result, error) {
	var result *Result
	err := c.Answer(sql, format, params, func(data []byte, stats Stats) error {
		result = &Result{Data: bytes.Clone(data), Stats: stats}
		return nil
	})
	return result, err
}

// Answer is Query without a copy: use gets the answer where the library has it,
// valid until use returns.
func (c *Conn) Answer(sql []byte, format string, params []Param, use func(data []byte, stats Stats) error) error {
	list := pack(params)
	f := []byte(format)
	handle := c.lib.query(c.pointer(), first(sql), uintptr(len(sql)), first(f), uintptr(len(f)),
		list.names, list.nameLens, list.values, list.valueLens, list.count)
	runtime.KeepAlive(list)
	if handle == nil {
		return errors.New("the engine gave no result")
	}
	defer c.lib.destroy(handle)
	if text := cString(c.lib.resultError(handle)); text != "" {
		return newError(text)
	}
	var data []byte
	if n := c.lib.resultLen(handle); n > 0 {
		data = unsafe.Slice((*byte)(c.lib.resultData(handle)), n)
	}
	return use(data, c.lib.stats(handle))
}

// Exec runs a statement whose answer does not matter.
func (c *Conn) Exec(sql string) error {
	_, err := c.Query([]byte(sql), "TabSeparated")
	return err
}

func (l *Library) stats(handle unsafe.Pointer) Stats {
	return Stats{
		ReadRows: l.readRows(handle), ReadBytes: l.readBytes(handle),
		WrittenRows: l.wroteRows(handle), WrittenBytes: l.wroteBytes(handle),
		ResultRows: l.resultRows(handle),
	}
}

// paramList holds parameters as the arrays the library wants.
type paramList struct {
	names, nameLens, values, valueLens unsafe.Pointer
	count                              uintptr
	keep                               []any
}

func pack(params []Param) *paramList {
	list := &paramList{count: uintptr(len(params))}
	if len(params) == 0 {
		return list
	}
	names, values := make([]*byte, len(params)), make([]*byte, len(params))
	nameLens, valueLens := make([]uintptr, len(params)), make([]uintptr, len(params))
	for i, param := range params {
		name, value := append([]byte(param.Name), 0), append([]byte(param.Value), 0)
		names[i], nameLens[i] = &name[0], uintptr(len(param.Name))
		values[i], valueLens[i] = &value[0], uintptr(len(param.Value))
	}
	list.names, list.nameLens = unsafe.Pointer(&names[0]), unsafe.Pointer(&nameLens[0])
	list.values, list.valueLens = unsafe.Pointer(&values[0]), unsafe.Pointer(&valueLens[0])
	list.keep = []any{names, values, nameLens, valueLens}
	return list
}

// first points at a slice's data; the library wants an address even for nothing.
func first(b []byte) *byte {
	if len(b) == 0 {
		return &[]byte{0}[0]
	}
	return &b[0]
}

func cString(p unsafe.Pointer) string {
	if p == nil {
		return ""
	}
	n := 0
	for *(*byte)(unsafe.Add(p, n)) != 0 {
		n++
	}
	return string(unsafe.Slice((*byte)(p), n))
}
