package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/klauspost/compress/zstd"
)

// KeptTables are those that cannot be derived from others, in the order in which they are restored. An older warehouse may lack some.
func KeptTables() []string { return []string{"events", "receipts", "erased_receipts", "dead_letters"} }

// DerivedTables are computed from the kept ones, or note what the program did to this very database.
func DerivedTables() []string { return []string{"facts", "rollup_months", "migrations"} }

// partition is a part of a table that is read by one statement.
type partition struct {
	ID    string `json:"id"`
	Bytes uint64 `json:"bytes"` // uncompressed, as a guess
}

// dump writes a table, a file for every partition. A row never leaves its partition, so no row is missed between two statements.
func (h *house) dump(ctx context.Context, to *folder, name string, progress Progress) (Table, error) {
	table := Table{Name: name}
	columns, err := h.columns(ctx, name)
	if err != nil {
		return table, err
	}
	table.Columns = columns
	if table.Rows, err = h.count(ctx, name); err != nil {
		return table, err
	}
	partitions, err := rows[partition](ctx, h, "SELECT partition_id AS id, sum(data_uncompressed_bytes) AS bytes FROM system.parts WHERE active AND database = "+
		quote(h.database)+" AND table = "+quote(name)+" GROUP BY id ORDER BY id")
	if err != nil {
		return table, fmt.Errorf("list the partitions of %s: %w", name, err)
	}
	var done, total uint64
	for _, p := range partitions {
		total += p.Bytes
	}
	for _, p := range partitions {
		file := tablesDir + "/" + name + "/" + p.ID + ".native.zst"
		query := "SELECT " + names(columns) + " FROM " + name + " FINAL WHERE _partition_id = " + quote(p.ID) + " FORMAT Native"
		err := to.write(file, func(w io.Writer) error {
			return h.download(ctx, query, w, func(n uint64) { progress("reading table "+name, min(done+n, total), total) })
		})
		if err != nil {
			return table, err
		}
		done += p.Bytes
		table.Files = append(table.Files, file)
	}
	return table, nil
}

// columns lists what has to be written to have the row again: neither computed columns nor those that only inserts have.
func (h *house) columns(ctx context.Context, table string) ([]string, error) {
	type column struct {
		Name string `json:"name"`
	}
	found, err := rows[column](ctx, h, "SELECT name FROM system.columns WHERE database = "+quote(h.database)+" AND table = "+quote(table)+
		" AND default_kind NOT IN ('MATERIALIZED', 'ALIAS', 'EPHEMERAL') ORDER BY position")
	if err != nil {
		return nil, fmt.Errorf("list the columns of %s: %w", table, err)
	}
	list := make([]string, len(found))
	for i, c := range found {
		list[i] = c.Name
	}
	return list, nil
}

func (h *house) count(ctx context.Context, table string) (uint64, error) {
	type count struct {
		Rows uint64 `json:"rows"`
	}
	counted, err := rows[count](ctx, h, "SELECT count() AS rows FROM "+table+" FINAL")
	if err != nil {
		return 0, fmt.Errorf("count the rows of %s: %w", table, err)
	}
	if len(counted) != 1 {
		return 0, fmt.Errorf("count the rows of %s: no answer", table)
	}
	return counted[0].Rows, nil
}

func (h *house) download(ctx context.Context, query string, to io.Writer, passed func(uint64)) (err error) {
	answer, err := h.send(ctx, query, map[string]string{"max_block_size": blockRows}, nil)
	if err != nil {
		return err
	}
	defer answer.Close()
	packer, err := zstd.NewWriter(to, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return fmt.Errorf("compress: %w", err)
	}
	counted := &counter{from: answer, passed: passed}
	if _, err := io.Copy(packer, counted); err != nil {
		return errors.Join(fmt.Errorf("read ClickHouse's answer: %w", err), packer.Close())
	}
	if err := packer.Close(); err != nil {
		return fmt.Errorf("compress: %w", err)
	}
	return nil
}

// blockRows is how many rows a Native block has: enough for columns to compress well, few enough to be held by reader and writer.
const blockRows = "65536"

// counter tells how much was read.
type counter struct {
	from   io.Reader
	bytes  uint64
	passed func(uint64)
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.bytes += uint64(n)
	c.passed(c.bytes)
	return n, err //nolint:wrapcheck // io.EOF has to stay what it is
}

// load puts a table back. Columns that this program does not have are left out: what they hold is in the event's data as well. Loading the
// log fills facts, as every insert does.
func (h *house) load(ctx context.Context, dir string, table Table, progress Progress) error {
	have, err := h.columns(ctx, table.Name)
	if err != nil {
		return err
	}
	columns := slices.DeleteFunc(slices.Clone(table.Columns), func(name string) bool { return !slices.Contains(have, name) })
	statement := "INSERT INTO " + table.Name + " (" + names(columns) + ") FORMAT Native"
	for i, file := range table.Files {
		progress("loading table "+table.Name, uint64(i), uint64(len(table.Files)))
		if err := h.upload(ctx, statement, filepath.Join(dir, filepath.FromSlash(file))); err != nil {
			return fmt.Errorf("load %s: %w", file, err)
		}
	}
	progress("loading table "+table.Name, uint64(len(table.Files)), uint64(len(table.Files)))
	stored, err := h.count(ctx, table.Name)
	if err != nil {
		return err
	}
	if stored < table.Rows {
		return damaged(table.Name, fmt.Sprintf("%d rows came out of it instead of %d", stored, table.Rows), nil)
	}
	return nil
}

func (h *house) upload(ctx context.Context, statement, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open it: %w", err)
	}
	defer file.Close()
	unpacker, err := zstd.NewReader(file, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return fmt.Errorf("decompress it: %w", err)
	}
	defer unpacker.Close()
	return h.run(ctx, statement, map[string]string{
		"async_insert": "0", "insert_deduplicate": "0", "max_partitions_per_insert_block": "0",
		"input_format_skip_unknown_fields": "1", "input_format_native_allow_types_conversion": "1",
	}, unpacker)
}
