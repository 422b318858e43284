package chdb

import (
	"fmt"
	"unsafe"

	"github.com/ebitengine/purego"
)

// Library is a loaded libchdb. It cannot be unloaded.
type Library struct {
	signals *signalGuard

	connect      func(argc int32, argv unsafe.Pointer) unsafe.Pointer
	closeConn    func(conn unsafe.Pointer)
	version      func() string
	setSignals   func(enabled int32)
	query        func(conn unsafe.Pointer, sql *byte, n uintptr, format *byte, fn uintptr, names, nameLens, values, valueLens unsafe.Pointer, params uintptr) unsafe.Pointer
	streamQuery  func(conn unsafe.Pointer, sql *byte, n uintptr, format *byte, fn uintptr, names, nameLens, values, valueLens unsafe.Pointer, params uintptr) unsafe.Pointer
	streamFetch  func(conn, result unsafe.Pointer) unsafe.Pointer
	streamCancel func(conn, result unsafe.Pointer)
	insert       func(conn unsafe.Pointer, sql *byte, n uintptr, format *byte, fn uintptr, names, nameLens, values, valueLens unsafe.Pointer, params uintptr) unsafe.Pointer
	insertAppend func(stream unsafe.Pointer, data *byte, n uintptr) int32
	insertDone   func(stream unsafe.Pointer) unsafe.Pointer
	insertCancel func(stream unsafe.Pointer)
	insertError  func(stream unsafe.Pointer) unsafe.Pointer
	insertFree   func(stream unsafe.Pointer)
	classify     func(conn unsafe.Pointer, sql *byte, n uintptr, database *byte, dn uintptr, out *analysis) int32

	destroy     func(result unsafe.Pointer)
	resultData  func(result unsafe.Pointer) unsafe.Pointer
	resultLen   func(result unsafe.Pointer) uintptr
	resultError func(result unsafe.Pointer) unsafe.Pointer
	readRows    func(result unsafe.Pointer) uint64
	readBytes   func(result unsafe.Pointer) uint64
	resultRows  func(result unsafe.Pointer) uint64
	wroteRows   func(result unsafe.Pointer) uint64
	wroteBytes  func(result unsafe.Pointer) uint64
}

// Load loads the library at path and keeps it from taking over the signals of
// this process. A library that lacks a function this package needs is refused.
func Load(path string) (*Library, error) {
	signals, err := newSignalGuard()
	if err != nil {
		return nil, fmt.Errorf("read signal handlers: %w", err)
	}
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("load ClickHouse library %s: %w", path, err)
	}
	lib := &Library{signals: signals}
	for name, function := range lib.symbols() {
		address, err := purego.Dlsym(handle, name)
		if err != nil {
			return nil, fmt.Errorf("load ClickHouse library %s: it has no %s; fetch the pinned version with: make engine", path, name)
		}
		purego.RegisterFunc(function, address)
	}
	lib.setSignals(0)
	signals.restore()
	return lib, nil
}

// Version is the library's own version, such as "26.7.3".
func (l *Library) Version() string { return l.version() }

func (l *Library) symbols() map[string]any {
	return map[string]any{
		"chdb_connect":                     &l.connect,
		"chdb_close_conn":                  &l.closeConn,
		"chdb_version":                     &l.version,
		"chdb_set_signal_handlers_enabled": &l.setSignals,
		"chdb_query_with_params_n":         &l.query,
		"chdb_stream_query_with_params_n":  &l.streamQuery,
		"chdb_stream_fetch_result":         &l.streamFetch,
		"chdb_stream_cancel_query":         &l.streamCancel,
		"chdb_stream_insert_with_params_n": &l.insert,
		"chdb_stream_append":               &l.insertAppend,
		"chdb_stream_done":                 &l.insertDone,
		"chdb_stream_cancel_insert":        &l.insertCancel,
		"chdb_stream_insert_error":         &l.insertError,
		"chdb_destroy_insert_stream":       &l.insertFree,
		"chdb_classify_query_n":            &l.classify,
		"chdb_destroy_query_result":        &l.destroy,
		"chdb_result_buffer":               &l.resultData,
		"chdb_result_length":               &l.resultLen,
		"chdb_result_error":                &l.resultError,
		"chdb_result_storage_rows_read":    &l.readRows,
		"chdb_result_storage_bytes_read":   &l.readBytes,
		"chdb_result_rows_read":            &l.resultRows,
		"chdb_result_rows_written":         &l.wroteRows,
		"chdb_result_bytes_written":        &l.wroteBytes,
	}
}
