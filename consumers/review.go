package consumers

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

// LetterStore is where dead letters lie; *stream.DeadLetters is one.
type LetterStore interface {
	List(ctx context.Context, tenant string, limit int, after uint64) ([]stream.DeadLetter, error)
	Get(ctx context.Context, id string) (stream.DeadLetter, error)
	Discard(ctx context.Context, id string) error
}

// Mirror shows the state of dead letters in the warehouse; *warehouse.DB is one.
type Mirror interface {
	InsertDeadLetters(ctx context.Context, letters []warehouse.DeadLetter) error
}

// Publisher puts a message on the stream; jetstream.JetStream is one.
type Publisher interface {
	PublishMsg(ctx context.Context, msg *nats.Msg, opts ...jetstream.PublishOpt) (*jetstream.PubAck, error)
}

// Reviewer is what people do with dead letters: replay them, corrected or not, or discard them.
type Reviewer struct {
	letters   LetterStore
	mirror    Mirror
	publisher Publisher
	notes     Notes
	registry  *schemas.Registry
}

// NewReviewer makes a Reviewer.
func NewReviewer(letters LetterStore, mirror Mirror, publisher Publisher, notes Notes, registry *schemas.Registry) *Reviewer {
	return &Reviewer{letters: letters, mirror: mirror, publisher: publisher, notes: notes, registry: registry}
}

// What became of a letter in a replay.
const (
	StatusReplayed = "replayed" // published again and taken out of the dead letters
	StatusValid    = "valid"    // would be, but this was a dry run
	StatusRejected = "rejected" // still at fault: nothing was changed
	StatusMissing  = "missing"  // there is no such letter
)

// ReplayRequest says which letters to replay and how.
type ReplayRequest struct {
	Tenant string         // only this tenant's letters; "" is all
	IDs    []string       // these
	All    bool           // or all of them
	Set    map[string]any // corrections by path: "data.role": "host", "time": "2022-05-27T18:00:00Z"
	DryRun bool           // only tell what would become of them
}

// ReplayResult is what became of one letter; Code to Hint say why it was rejected.
type ReplayResult struct {
	ID      string `json:"id"`
	Status  string `json:"status"`
	Code    string `json:"code,omitempty"`
	Pointer string `json:"pointer,omitempty"`
	Detail  string `json:"detail,omitempty"`
	Hint    string `json:"hint,omitempty"`
}

const pageSize = 500

// Replay corrects letters, checks them as they would be checked on their way in, and publishes them again. A letter that is still at
// fault stays as it was. Replaying is safe to repeat and to interrupt: an event that was published already changes nothing.
func (r *Reviewer) Replay(ctx context.Context, request ReplayRequest) ([]ReplayResult, error) {
	if !request.All {
		results := make([]ReplayResult, 0, len(request.IDs))
		for _, id := range request.IDs {
			letter, err := r.get(ctx, request.Tenant, id)
			if errors.Is(err, stream.ErrNoDeadLetter) {
				results = append(results, ReplayResult{ID: id, Status: StatusMissing, Detail: err.Error()})
				continue
			}
			if err != nil {
				return results, err
			}
			result, err := r.replay(ctx, &letter, &request)
			if err != nil {
				return results, err
			}
			results = append(results, result)
		}
		return results, nil
	}
	var results []ReplayResult
	for after := uint64(0); ; {
		letters, err := r.letters.List(ctx, request.Tenant, pageSize, after)
		if err != nil {
			return results, fmt.Errorf("list dead letters: %w", err)
		}
		for i := range letters {
			result, err := r.replay(ctx, &letters[i], &request)
			if err != nil {
				return results, err
			}
			results = append(results, result)
			after = letters[i].Cursor
		}
		if len(letters) < pageSize {
			return results, nil
		}
	}
}

// Discard takes a letter away for good; a letter that is not there, or another tenant's, is stream.ErrNoDeadLetter. An empty tenant
// means all.
func (r *Reviewer) Discard(ctx context.Context, tenant, id string) error {
	letter, err := r.get(ctx, tenant, id)
	if err != nil {
		return err
	}
	return r.close(ctx, &letter, warehouse.LetterDiscarded)
}

// get reads a letter if the tenant may see it.
func (r *Reviewer) get(ctx context.Context, tenant, id string) (stream.DeadLetter, error) {
	letter, err := r.letters.Get(ctx, id)
	if err != nil {
		return letter, fmt.Errorf("read dead letter: %w", err)
	}
	if tenant != "" && letter.Tenant != tenant {
		return stream.DeadLetter{}, fmt.Errorf("%w: %s", stream.ErrNoDeadLetter, id)
	}
	return letter, nil
}

// close marks a letter in the warehouse, notes the change, and takes the letter out of the stream, in this order: interrupted between,
// it can be closed again.
func (r *Reviewer) close(ctx context.Context, letter *stream.DeadLetter, state string) error {
	if err := r.mirror.InsertDeadLetters(ctx, []warehouse.DeadLetter{mirror(letter, state)}); err != nil {
		return fmt.Errorf("mark dead letter %s as %s: %w", letter.ID, state, err)
	}
	if err := r.notes.Touch(ctx, letter.Tenant); err != nil {
		return fmt.Errorf("note that dead letter %s is %s: %w", letter.ID, state, err)
	}
	if err := r.letters.Discard(ctx, letter.ID); err != nil {
		return fmt.Errorf("take dead letter %s out: %w", letter.ID, err)
	}
	return nil
}

func (r *Reviewer) replay(ctx context.Context, letter *stream.DeadLetter, request *ReplayRequest) (ReplayResult, error) {
	messages, err := r.prepare(letter, request)
	violation, refused := errors.AsType[*schemas.Violation](err)
	switch {
	case refused:
		return ReplayResult{
			ID: letter.ID, Status: StatusRejected, Code: violation.Code, Pointer: violation.Pointer, Detail: violation.Detail, Hint: violation.Hint,
		}, nil
	case err != nil:
		return ReplayResult{}, err
	case request.DryRun:
		return ReplayResult{ID: letter.ID, Status: StatusValid}, nil
	}
	for _, msg := range messages {
		if _, err := r.publisher.PublishMsg(ctx, msg); err != nil {
			return ReplayResult{}, fmt.Errorf("publish dead letter %s again: %w", letter.ID, err)
		}
	}
	if err := r.close(ctx, letter, warehouse.LetterReplayed); err != nil {
		return ReplayResult{}, err
	}
	return ReplayResult{ID: letter.ID, Status: StatusReplayed}, nil
}
