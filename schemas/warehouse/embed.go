package warehouse

import "embed"

// Files holds the migrations (*.sql, in the order of their names) and the views (views/*.sql, likewise: a view stands after those it reads).
//
//go:embed *.sql views/*.sql
var Files embed.FS
