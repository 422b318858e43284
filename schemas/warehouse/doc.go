// Package warehouse holds the ClickHouse DDL: numbered migrations, applied once and never changed after a release, and the views that
// analysts start from, made anew whenever their text changes. Package internal/warehouse applies them.
package warehouse
