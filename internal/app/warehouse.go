package app

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"time"

	"github.com/turnout/turnout/internal/embedded"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
)

// warehouseLink is the way to ClickHouse. It may not be there yet when the
// program starts; whoever needs it waits or says so.
type warehouseLink struct {
	url, readerURL string
	dir            string       // of the embedded engine; "" for a server elsewhere
	engine         func() error // why the embedded engine does not answer; nil func for a server elsewhere

	opened chan struct{} // closed once the databases are open

	mu     sync.RWMutex
	writer *warehouse.DB
	reader *warehouse.DB
	reason error
}

// What everybody may read of a warehouse that cannot be used; the reason, with its addresses, is for the log.
var (
	errWarehouseOpening = errors.New("the warehouse is being opened")
	errWarehouseWaits   = errors.New("the warehouse cannot be opened yet; the log says why")
)

func newWarehouseLink(address, readerAddress string, engine func() error) *warehouseLink {
	return &warehouseLink{url: address, readerURL: readerAddress, engine: engine, reason: errWarehouseOpening, opened: make(chan struct{})}
}

// ready says why the warehouse cannot be used right now; nil when it can.
func (l *warehouseLink) ready() error {
	if l.engine != nil {
		if err := l.engine(); err != nil {
			return err
		}
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.reason != nil && !errors.Is(l.reason, errWarehouseOpening) {
		return errWarehouseWaits
	}
	return l.reason
}

// migrationRoom is what changing tables may write.
const migrationRoom = 4 << 20

// room makes sure that tables can be changed: their definitions are small files, and
// the embedded engine does not tell when one of them could not be written whole.
func (l *warehouseLink) room() error {
	if l.dir == "" {
		return nil
	}
	return embedded.Probe(l.dir, migrationRoom)
}

// databases gives the open databases, or why they are not.
func (l *warehouseLink) databases() (writer, reader *warehouse.DB, err error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.writer, l.reader, l.reason
}

func (l *warehouseLink) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var failures []error
	for _, db := range []*warehouse.DB{l.reader, l.writer} {
		if db != nil {
			failures = append(failures, db.Close())
		}
	}
	return errors.Join(failures...)
}

// openWarehouse opens and migrates until it has worked. It returns nil when ctx
// ends first.
func (a *app) openWarehouse(ctx context.Context) *warehouse.DB {
	ticker := time.NewTicker(retryPause)
	defer ticker.Stop()
	for {
		writer, err := a.tryWarehouse(ctx)
		if err == nil {
			return writer
		}
		if ctx.Err() != nil {
			return nil
		}
		a.house.mu.Lock()
		known := a.house.reason != nil && a.house.reason.Error() == err.Error()
		a.house.reason = err
		a.house.mu.Unlock()
		if !known {
			a.logger.Warn("the warehouse cannot be used yet; trying on", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

func (a *app) tryWarehouse(ctx context.Context) (*warehouse.DB, error) {
	options := warehouse.Options{Strict: a.cfg.Durability == "strict"}
	writer, err := warehouse.Open(ctx, a.house.url, options)
	if err != nil {
		return nil, err
	}
	if err := writer.CheckWhole(ctx); err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	if err := a.house.room(); err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	if a.has(roleConsumer) {
		err = stream.WithLock(ctx, a.js, "migrations", func(ctx context.Context) error {
			return writer.Migrate(ctx, a.registry)
		})
	}
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	options.ReadOnly = true
	reader, err := warehouse.Open(ctx, a.house.readerURL, options)
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	a.house.mu.Lock()
	a.house.writer, a.house.reader, a.house.reason = writer, reader, nil
	a.house.mu.Unlock()
	close(a.house.opened) // openWarehouse succeeds once
	return writer, nil
}

// withoutCredentials is a URL as it may be shown.
func withoutCredentials(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	u.User = nil
	return u.String()
}
