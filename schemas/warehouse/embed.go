package warehouse

import "embed"

// Files holds the migrations (*.sql, in the order of their names), the views (views/*.sql, likewise: a view stands after those it reads) and
// what the rollups are computed by (rollups/*.sql).
//
//go:embed *.sql views/*.sql rollups/*.sql
var Files embed.FS
