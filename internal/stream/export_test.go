package stream

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// LookAtLock looks as somebody does who has waited for the lock, and has seen this revision of it since that moment.
func LookAtLock(ctx context.Context, kv jetstream.KeyValue, name string, revision uint64, since time.Time) {
	h := holder{revision: revision, since: since}
	h.look(ctx, kv, name)
}
