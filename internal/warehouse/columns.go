package warehouse

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/turnout/turnout/schemas"
)

const instant = "DateTime64(3, 'UTC')"

// eventColumns are the columns of an insert into events, in the order of Rows.columns. The promoted ones follow. Low-cardinality columns
// are sent as plain strings: the server makes dictionaries of them faster than the driver does.
func eventColumns(promoted []schemas.Field) []clickhouse.ColumnNameAndType {
	columns := []clickhouse.ColumnNameAndType{
		{Name: "tenant", Type: "String"}, {Name: "type", Type: "String"},
		{Name: "source", Type: "String"}, {Name: "id", Type: "String"}, {Name: "content_hash", Type: "UInt64"},
		{Name: "subject", Type: "String"}, {Name: "person", Type: "String"}, {Name: "gathering", Type: "String"},
		{Name: "mode", Type: "String"}, {Name: "time", Type: instant}, {Name: "at", Type: instant},
		{Name: "recorded", Type: instant}, {Name: "received", Type: instant}, {Name: "revision", Type: "UInt32"},
		{Name: "voided", Type: "Bool"}, {Name: "reason", Type: "String"}, {Name: "key", Type: "String"}, {Name: "kh", Type: "UInt128"},
		{Name: "version", Type: "UInt128"}, {Name: "stream_seq", Type: "UInt64"}, {Name: "pack_index", Type: "UInt16"},
		{Name: "data", Type: "String"},
	}
	for _, field := range promoted {
		kind := field.ClickHouse
		if isText(field) {
			kind = "String"
		}
		columns = append(columns, clickhouse.ColumnNameAndType{Name: field.Name, Type: kind})
	}
	return columns
}

// factColumns are the columns that the incremental view takes from events into facts, the promoted ones left out.
func factColumns() []string {
	return []string{
		"tenant", "kh", "version", "type", "source", "id", "content_hash", "subject", "person", "gathering", "mode", "time", "at", "recorded",
		"received", "revision", "voided", "reason", "key", "data",
	}
}

// factNames are all columns of facts, as SQL.
func factNames(promoted []schemas.Field) []string {
	names := factColumns()
	for _, field := range promoted {
		names = append(names, quoteName(field.Name))
	}
	return names
}

// checkNames refuses promoted fields that have the name of a column that every event has.
func checkNames(promoted []schemas.Field) error {
	taken := []string{"first"}
	for _, column := range eventColumns(nil) {
		taken = append(taken, column.Name)
	}
	for _, field := range promoted {
		if slices.Contains(taken, field.Name) {
			return fmt.Errorf("add promoted columns: events have a column %s already; do not promote the field %s", field.Name, field.Name)
		}
	}
	return nil
}

// columnStatements add the promoted columns to both tables. Rows that were stored before a field was promoted compute it from their data
// when they are read, until a merge writes it down.
func columnStatements(promoted []schemas.Field) []string {
	var statements []string
	for _, table := range []string{"events", "facts"} {
		for _, field := range promoted {
			statements = append(statements, "ALTER TABLE "+table+" ADD COLUMN IF NOT EXISTS "+quoteName(field.Name)+" "+field.ClickHouse+
				" DEFAULT "+fromData(field)+" COMMENT "+quoteText(field.Description))
		}
	}
	return statements
}

// fromData is the expression that reads a field from the column data.
func fromData(field schemas.Field) string {
	name := quoteText(field.Name)
	if isInstant(field) {
		return "parseDateTime64BestEffortOrNull(JSONExtractString(data, " + name + "), 3, 'UTC')"
	}
	return "JSONExtract(data, " + name + ", " + quoteText(field.ClickHouse) + ")"
}

func isInstant(field schemas.Field) bool {
	return field.Format == "date-time" && field.JSONType == "string"
}

// factsView fills facts from every insert into events. It is created once and then only modified: a view that is dropped and made
// anew would miss what is inserted meanwhile.
func factsView(promoted []schemas.Field) []string {
	query := "SELECT " + strings.Join(factNames(promoted), ", ") + " FROM events"
	return []string{
		"CREATE MATERIALIZED VIEW IF NOT EXISTS facts_mv TO facts AS " + query,
		"ALTER TABLE facts_mv MODIFY QUERY " + query,
	}
}
