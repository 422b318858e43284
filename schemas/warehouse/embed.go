// Package warehouse holds the ClickHouse DDL: numbered migrations, applied once and never changed after a release, and the views that
// analysts start from, made anew whenever their text changes. Package internal/warehouse applies them.
package warehouse

import "embed"

// Files holds the migrations (*.sql, in the order of their names) and the views (views/*.sql, likewise: a view stands after those it reads).
//
//go:embed *.sql views/*.sql
var Files embed.FS
