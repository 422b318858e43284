package embedded

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/turnout/turnout/internal/embedded/chdb"
)

// writeWatch sees writes that failed. libchdb ignores them: an insert, a merge or a
// mutation on a disk that fills up under it succeeds, over files that are cut off or
// empty. But it counts them. From the first one on no statement that changes data is
// answered well, and the engine ends: its next start finds the broken parts by their
// sizes, sets them aside, and takes the parts that a merge has replaced back, which
// stay for minutes.
type writeWatch struct {
	failed chan struct{} // closed at the first failed write
	once   sync.Once

	mu   sync.Mutex
	conn *chdb.Conn
}

var errUnwritten = errors.New("the engine's folder cannot be written (full, read-only or broken)")

func newWriteWatch(engine *chdb.Engine) (*writeWatch, error) {
	conn, err := engine.Conn()
	if err != nil {
		return nil, err
	}
	return &writeWatch{failed: make(chan struct{}), conn: conn}, nil
}

// written fails when any write of this process to a file has failed.
func (w *writeWatch) written() error {
	select {
	case <-w.failed:
		return errUnwritten
	default:
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	result, err := w.conn.Query([]byte("SELECT value FROM system.events WHERE event = 'WriteBufferFromFileDescriptorWriteFailed'"), "TSVRaw")
	if err != nil {
		return fmt.Errorf("ask for failed writes: %w", err)
	}
	if len(result.Data) > 0 { // what never happened is not listed
		w.once.Do(func() { close(w.failed) })
		return errUnwritten
	}
	return nil
}

// look asks every now and then, for merges that nobody waits for.
func (w *writeWatch) look() {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			_ = w.written() // a failed write closes the channel; that it cannot be asked shows in statements
		case <-w.failed:
			return
		}
	}
}

// lookEvery is far below the minutes that a merge's sources stay.
const lookEvery = 500 * time.Millisecond
