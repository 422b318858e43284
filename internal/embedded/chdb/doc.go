// Package chdb binds libchdb, ClickHouse as a shared library, without cgo.
//
// What enters is SQL and data in any of ClickHouse's formats; what leaves is
// data in the format asked for, and errors in ClickHouse's own words. The rules
// of the library that this package keeps, so that nobody above has to know them:
//
//   - loading it and opening a connection reset signal handlers that the Go
//     runtime needs; they are put back each time;
//   - closing the last connection takes the whole engine down and leaks threads,
//     so an Engine keeps one open for its life;
//   - a connection runs one statement at a time, so each Conn belongs to one
//     goroutine; concurrency is more connections (0.2 ms each);
//   - rows are never inserted inline in a binary format (the parser cuts them at
//     a blank line) but through an Insert;
//   - a large SELECT goes through a Stream, whose memory is bounded.
//
// On failure nothing is retried: an *Error carries ClickHouse's code and text.
// One process serves one data folder; what the library does to that process
// (it may abort it) is the reason to run it in a child process.
package chdb
