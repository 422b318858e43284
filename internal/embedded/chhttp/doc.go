// Package chhttp serves ClickHouse's HTTP interface over a library engine
// (package chdb), so that clickhouse-go, curl and BI tools speak to it as to a
// server.
//
// What enters is HTTP as ClickHouse defines it: a query in the URL, in the body
// or in both, settings and typed parameters in the URL, rows in the body. What
// leaves is the answer in the format asked for, with ClickHouse's headers.
//
// Promises on failure: errors are ClickHouse's own text, number and status; an
// error after the answer has begun breaks the connection, so that a cut answer
// is never taken for a whole one; an upload that breaks off inserts nothing of
// the block it broke in; a client that goes away has its query killed. Every
// statement passes the wall (wall.go) before the engine sees it.
package chhttp
