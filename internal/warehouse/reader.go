package warehouse

import (
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// tenantTables are the tables with a tenant column; views read only these. Reading the incremental view reads facts under its own name.
func tenantTables() []string {
	return []string{"events", "facts", "facts_mv", "receipts", "erased_receipts", "dead_letters", "rollup_months"}
}

// TenantSettings are the settings that confine a query to one tenant, whatever its text says, through all views: ClickHouse adds the
// condition where the tables are read, before any view's own, and prunes by it. An empty tenant means all tenants and gives no settings.
func (db *DB) TenantSettings(tenant string) clickhouse.Settings {
	if tenant == "" {
		return clickhouse.Settings{}
	}
	tables := tenantTables()
	filters := make([]string, len(tables))
	condition := quoteText("tenant = " + quoteText(tenant))
	for i, table := range tables {
		filters[i] = quoteText(db.database+"."+table) + ":" + condition
	}
	return clickhouse.Settings{"additional_table_filters": "{" + strings.Join(filters, ",") + "}"}
}

// Quote makes a ClickHouse string literal.
func Quote(text string) string { return quoteText(text) }

// quoteText makes a ClickHouse string literal.
func quoteText(text string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(text, `\`, `\\`), `'`, `\'`) + "'"
}

// quoteName makes a ClickHouse identifier.
func quoteName(name string) string {
	return "`" + strings.ReplaceAll(strings.ReplaceAll(name, `\`, `\\`), "`", "\\`") + "`"
}
