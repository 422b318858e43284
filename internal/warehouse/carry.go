package warehouse

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/ClickHouse/clickhouse-go/v2"
)

// cargo is a block on its way: the driver sends the statement, with all that it knows of addresses, rights and errors, and on the wire the
// block becomes the body of its request.
type cargo struct {
	statement string
	rows      *Rows
}

type cargoKey struct{}

// insertBlock sends the rows as one block over HTTP.
func (db *DB) insertBlock(ctx context.Context, rows *Rows) error {
	statement := insertStatement("events", eventColumns(rows.promoted)) + " FORMAT Native"
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(insertSettings(db.oneOfMany(rows.Len(), time.Now()))))
	return db.conn.Exec(context.WithValue(ctx, cargoKey{}, cargo{statement, rows}), statement) //nolint:wrapcheck // the caller says what for
}

// carrier puts cargo into requests.
type carrier struct {
	next   http.RoundTripper
	packed *clickhouse.Compression // nil is as it is
}

// carrying makes requests of the options carry cargo.
func carrying(options *clickhouse.Options) {
	wrap := options.TransportFunc
	options.TransportFunc = func(t *http.Transport) (http.RoundTripper, error) {
		c := carrier{next: t}
		if wrap != nil {
			var err error
			if c.next, err = wrap(t); err != nil {
				return nil, err
			}
		}
		if p := options.Compression; p != nil && (p.Method == clickhouse.CompressionLZ4 || p.Method == clickhouse.CompressionZSTD) {
			c.packed = p
		}
		return c, nil
	}
}

// RoundTrip sends the request, with the block as its body when it is the one that asks for it.
func (c carrier) RoundTrip(request *http.Request) (*http.Response, error) {
	cargo, ok := request.Context().Value(cargoKey{}).(cargo)
	if !ok || !asksFor(request, cargo.statement) {
		return c.next.RoundTrip(request) //nolint:wrapcheck // as if nobody stood between
	}
	_ = request.Body.Close()
	var packed *compress.Writer
	query := request.URL.Query()
	query.Set("query", cargo.statement)
	if c.packed != nil {
		query.Set("decompress", "1")
		packed = compress.NewWriter(compress.Level(c.packed.Level), compress.Method(c.packed.Method))
	}
	block, err := newBlock(cargo.rows, packed)
	if err != nil {
		return nil, err
	}
	request = request.Clone(request.Context())
	request.URL.RawQuery = query.Encode()
	request.Body, request.GetBody, request.ContentLength = block, nil, -1
	return c.next.RoundTrip(request) //nolint:wrapcheck // as if nobody stood between
}

// CloseIdleConnections is how the driver lets go of a connection that it does not use again, after an error for instance.
func (c carrier) CloseIdleConnections() {
	if next, ok := c.next.(interface{ CloseIdleConnections() }); ok {
		next.CloseIdleConnections()
	}
}

// asksFor tells the statement itself from what the driver asks by the way, such as who the server is.
func asksFor(request *http.Request, statement string) bool {
	if request.GetBody == nil || request.ContentLength != int64(len(statement)) {
		return false
	}
	body, err := request.GetBody()
	if err != nil {
		return false
	}
	text, err := io.ReadAll(body)
	return err == nil && string(text) == statement
}

func insertStatement(table string, columns []clickhouse.ColumnNameAndType) string {
	names := make([]string, len(columns))
	for i, column := range columns {
		names[i] = quoteName(column.Name)
	}
	return fmt.Sprintf("INSERT INTO %s (%s)", table, strings.Join(names, ", "))
}
