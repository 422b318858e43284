package warehouse

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/turnout/turnout/internal/crashpoint"
	"github.com/turnout/turnout/schemas"
	ddl "github.com/turnout/turnout/schemas/warehouse"
)

// step is one part of the database's state: a migration that ran once, or a derived part that is made anew when its text changes.
type step struct {
	name       string
	statements []string
	derived    bool
}

func (s step) checksum() string {
	sum := sha256.Sum256([]byte(strings.Join(s.statements, ";\n")))
	return hex.EncodeToString(sum[:])
}

// Migrate brings tables and views to the state that this program and the registry's types ask for. It may run again at any time and goes
// on where it was interrupted; two at once must be kept apart by the caller's lock. A migration whose text changed after it ran is an error.
func (db *DB) Migrate(ctx context.Context, registry *schemas.Registry) error {
	if err := db.conn.Exec(ctx, migrationsTable); err != nil {
		return fmt.Errorf("create table migrations: %w", err)
	}
	applied, err := db.applied(ctx)
	if err != nil {
		return err
	}
	steps, err := plan(registry)
	if err != nil {
		return err
	}
	conn, err := db.patient()
	if err != nil {
		return err
	}
	return errors.Join(db.applyAll(ctx, conn, steps, applied), conn.Close())
}

func (db *DB) applyAll(ctx context.Context, conn driver.Conn, steps []step, applied map[string]string) error {
	migrated := false
	for _, s := range steps {
		migrated = migrated || !s.derived && applied[s.name] == ""
		if err := s.apply(ctx, conn, applied[s.name]); err != nil {
			return err
		}
	}
	last := durability(db.strict)
	if migrated { // which may have made a table anew
		delete(applied, last.name)
	}
	return last.apply(ctx, conn, applied[last.name])
}

// Pending names the migrations that are known and not applied, and those that are applied and not known: a newer program made those.
func (db *DB) Pending(ctx context.Context) (missing, unknown []string, err error) {
	applied, err := db.applied(ctx)
	if err != nil {
		return nil, nil, err
	}
	files, err := fs.Glob(ddl.Files, "*.sql")
	if err != nil {
		return nil, nil, fmt.Errorf("list migrations: %w", err)
	}
	known := map[string]bool{"columns": true, "views": true, "durability": true}
	for _, file := range files {
		name := strings.TrimSuffix(file, ".sql")
		known[name] = true
		if _, done := applied[name]; !done {
			missing = append(missing, name)
		}
	}
	for name := range applied {
		if !known[name] {
			unknown = append(unknown, name)
		}
	}
	return missing, unknown, nil
}

const migrationsTable = `CREATE TABLE IF NOT EXISTS migrations
(
    name     String COMMENT 'Migration or derived part',
    checksum String COMMENT 'SHA-256 of its statements',
    applied  DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was applied'
)
ENGINE = ReplacingMergeTree(applied)
ORDER BY name
COMMENT 'Which migrations have been applied'`

func (db *DB) applied(ctx context.Context) (map[string]string, error) {
	rows, err := db.conn.Query(ctx, "SELECT name, argMax(checksum, applied) FROM migrations GROUP BY name")
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	defer rows.Close() //nolint:errcheck // the rows were read to their end or their error is returned
	applied := map[string]string{}
	for rows.Next() {
		var name, checksum string
		if err := rows.Scan(&name, &checksum); err != nil {
			return nil, fmt.Errorf("read migrations: %w", err)
		}
		applied[name] = checksum
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return applied, nil
}

// plan lists the steps in their order.
func plan(registry *schemas.Registry) ([]step, error) {
	files, err := fs.Glob(ddl.Files, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	steps := make([]step, 0, len(files)+1)
	for _, file := range files {
		statements, err := readStatements(file)
		if err != nil {
			return nil, err
		}
		steps = append(steps, step{name: strings.TrimSuffix(file, ".sql"), statements: statements})
	}
	views, err := viewStatements(registry)
	if err != nil {
		return nil, err
	}
	columns := registry.PromotedColumns()
	if err := checkNames(columns); err != nil {
		return nil, err
	}
	derived := append(columnStatements(columns), factsView(columns)...)
	steps = append(steps, step{name: "columns", statements: derived, derived: true})
	return append(steps, step{name: "views", statements: views, derived: true}), nil
}

func (s step) apply(ctx context.Context, conn driver.Conn, known string) error {
	checksum := s.checksum()
	switch {
	case known == checksum:
		return nil
	case known != "" && !s.derived:
		return fmt.Errorf("migration %s was applied with another text: a released migration never changes; put the change into a new one", s.name)
	}
	for _, statement := range s.statements {
		if err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("apply %s: %w (statement: %s)", s.name, err, firstLine(statement))
		}
		crashpoint.Here("during-migration")
	}
	if err := conn.Exec(ctx, "INSERT INTO migrations (name, checksum) SELECT "+quoteText(s.name)+", "+quoteText(checksum)); err != nil {
		return fmt.Errorf("note migration %s: %w", s.name, err)
	}
	return nil
}

// durability decides whether an insert waits for the disk.
func durability(strict bool) step {
	value := "0"
	if strict {
		value = "1"
	}
	s := step{name: "durability", derived: true}
	for _, table := range []string{"events", "facts", "receipts", "erased_receipts", "dead_letters", "rollup_months"} {
		s.statements = append(s.statements, "ALTER TABLE "+table+" MODIFY SETTING fsync_after_insert = "+value+", fsync_part_directory = "+value)
	}
	return s
}

// readStatements reads a DDL file without its comments, a statement ending with a semicolon at a line's end.
func readStatements(file string) ([]string, error) {
	text, err := fs.ReadFile(ddl.Files, file)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	var statements []string
	var statement strings.Builder
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(strings.TrimSpace(line), "--") {
			continue
		}
		statement.WriteString(line)
		if strings.HasSuffix(strings.TrimSpace(line), ";") {
			statements = append(statements, strings.TrimSuffix(strings.TrimSpace(statement.String()), ";"))
			statement.Reset()
		}
	}
	if rest := strings.TrimSpace(statement.String()); rest != "" {
		statements = append(statements, rest)
	}
	return statements, nil
}

func firstLine(statement string) string {
	line, _, _ := strings.Cut(statement, "\n")
	return line
}
