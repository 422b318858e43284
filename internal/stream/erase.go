package stream

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// Erase takes a message out of a stream and overwrites its bytes on disk. A message that is gone is no error.
func Erase(ctx context.Context, from jetstream.Stream, seq uint64) error {
	err := from.SecureDeleteMsg(ctx, seq)
	if err == nil || errors.Is(err, jetstream.ErrMsgNotFound) || noSuchMessage(err) {
		return nil
	}
	return fmt.Errorf("overwrite message %d: %w", seq, err)
}

// noSuchMessage recognises the server's answers (JSNoMessageFoundErr, JSSequenceNotFoundErrF), of which the client keeps only the text.
func noSuchMessage(err error) bool {
	return strings.Contains(err.Error(), "err_code=10037") || strings.Contains(err.Error(), "err_code=10043")
}
