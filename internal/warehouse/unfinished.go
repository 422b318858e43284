package warehouse

import (
	"context"
	"fmt"
	"io/fs"
	"strings"

	"github.com/turnout/turnout/internal/problem"
	ddl "github.com/turnout/turnout/schemas/warehouse"
)

// UnfinishedTable exists while a backup is restored into the database, and ever after when that was interrupted.
const UnfinishedTable = "restore_unfinished"

// CheckWhole refuses a database into which a backup was restored only in part.
func (db *DB) CheckWhole(ctx context.Context) error {
	var found uint64
	err := db.conn.QueryRow(ctx, "SELECT count() FROM system.tables WHERE database = "+quoteText(db.database)+" AND name = "+quoteText(UnfinishedTable)).Scan(&found)
	if err != nil {
		return fmt.Errorf("look for an unfinished restore: %w", err)
	}
	if found == 0 {
		return nil
	}
	return &problem.Error{
		Code: "unfinished_restore", Detail: "a restore into the database " + db.database + " is under way or was interrupted",
		Hint: "when it was interrupted, remove the database and the streams and restore again",
	}
}

// MigrationNames lists the numbered migrations that this program knows, in their order.
func MigrationNames() ([]string, error) {
	files, err := fs.Glob(ddl.Files, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = strings.TrimSuffix(file, ".sql")
	}
	return names, nil
}
