package warehouse

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// DefaultDatabase is the database when the URL names none.
const DefaultDatabase = "turnout"

// Options are what an installation may choose.
type Options struct {
	// Strict makes inserts wait until their files and folders are synced to disk.
	Strict bool
	// ReadOnly opens for readers, who may not create the database: it must be there.
	ReadOnly bool
	// MaxConns bounds the open connections; 0 is 8.
	MaxConns int
	// Timeout bounds one statement's silence on the wire, but for those of Migrate; 0 is 5 minutes.
	Timeout time.Duration
}

const (
	defaultMaxConns = 8
	defaultTimeout  = 5 * time.Minute
	dialTimeout     = 5 * time.Second

	longestStatement = 7 * 24 * time.Hour
)

// DB is an open database. It may be used by any number of goroutines.
type DB struct {
	conn     driver.Conn
	options  *clickhouse.Options // of the connections
	database string
	strict   bool
	carries  bool // events go over HTTP as ready blocks, else through the driver

	lastLarge atomic.Int64 // when events were inserted that may be followed by more; Unix nanoseconds
}

// Open connects to the ClickHouse at rawURL (http://user:password@host:8123/database, https://…, or clickhouse://… for the native
// protocol) and creates the database when it is not there. The error names the address, never the password.
func Open(ctx context.Context, rawURL string, o Options) (*DB, error) {
	options, err := parse(rawURL, o)
	if err != nil {
		return nil, err
	}
	if !o.ReadOnly {
		if err := createDatabase(ctx, options); err != nil {
			return nil, err
		}
	}
	conn, err := clickhouse.Open(options)
	if err != nil {
		return nil, fmt.Errorf("open ClickHouse at %s: %w", options.Addr[0], err)
	}
	if err := conn.Ping(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("reach ClickHouse at %s: %w", options.Addr[0], err), conn.Close())
	}
	return &DB{conn: conn, options: options, database: options.Auth.Database, strict: o.Strict, carries: options.Protocol == clickhouse.HTTP}, nil
}

func parse(rawURL string, o Options) (*clickhouse.Options, error) {
	address, err := url.Parse(rawURL)
	if err != nil || address.Host == "" {
		return nil, errors.New("read the ClickHouse URL: it must look like http://user:password@host:8123/turnout")
	}
	options, err := clickhouse.ParseDSN(rawURL)
	if err != nil {
		return nil, fmt.Errorf("read the ClickHouse URL %s: %w", address.Redacted(), err)
	}
	if options.Auth.Database == "" || options.Auth.Database == "default" && strings.Trim(address.Path, "/") == "" {
		options.Auth.Database = DefaultDatabase
	}
	options.MaxOpenConns = or(o.MaxConns, defaultMaxConns)
	options.MaxIdleConns = options.MaxOpenConns
	options.ReadTimeout = or(o.Timeout, defaultTimeout)
	options.DialTimeout = dialTimeout
	if options.Settings == nil {
		options.Settings = clickhouse.Settings{}
	}
	// Dates before 1970 are real; without this, functions such as toStartOfMonth give the short types, which begin there.
	options.Settings["enable_extended_results_for_datetime_functions"] = 1
	if options.Compression == nil && !loopback(address.Hostname()) {
		options.Compression = &clickhouse.Compression{Method: clickhouse.CompressionLZ4}
	}
	carrying(options)
	return options, nil
}

func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// loopback tells whether compressing would only cost time.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func createDatabase(ctx context.Context, options *clickhouse.Options) error {
	bare := *options
	bare.Auth.Database = "default"
	bare.MaxOpenConns, bare.MaxIdleConns = 1, 1
	conn, err := clickhouse.Open(&bare)
	if err != nil {
		return fmt.Errorf("open ClickHouse at %s: %w", options.Addr[0], err)
	}
	err = conn.Exec(ctx, "CREATE DATABASE IF NOT EXISTS "+quoteName(options.Auth.Database))
	if err != nil {
		err = fmt.Errorf("create database %s at %s: %w", options.Auth.Database, options.Addr[0], err)
	}
	return errors.Join(err, conn.Close())
}

// patient gives a connection for statements that say nothing until they are done, such as the copy of a whole table: to wait for them is
// right as long as the other side is there, which the system's probes of the connection tell. Nothing is dialled before it is used.
func (db *DB) patient() (driver.Conn, error) {
	options := *db.options
	options.MaxOpenConns, options.MaxIdleConns, options.ReadTimeout = 1, 1, longestStatement
	conn, err := clickhouse.Open(&options)
	if err != nil {
		return nil, fmt.Errorf("open ClickHouse at %s: %w", options.Addr[0], err)
	}
	return conn, nil
}

// Conn is the connection pool, for readers.
func (db *DB) Conn() driver.Conn { return db.conn }

// Database is the name of the database.
func (db *DB) Database() string { return db.database }

// Close ends all connections.
func (db *DB) Close() error {
	if err := db.conn.Close(); err != nil {
		return fmt.Errorf("close ClickHouse: %w", err)
	}
	return nil
}

// Ping tells whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	if err := db.conn.Ping(ctx); err != nil {
		return fmt.Errorf("reach ClickHouse: %w", err)
	}
	return nil
}
