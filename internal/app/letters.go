package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/turnout/turnout/consumers"
	"github.com/turnout/turnout/dashboards/api"
	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
)

// deskOfLetters lets the API reach the dead letters: the stages do not know one another.
type deskOfLetters struct {
	letters  *stream.DeadLetters
	reviewer *consumers.Reviewer
}

func (a *app) letters() api.Letters {
	letters := stream.NewDeadLetters(a.js)
	return deskOfLetters{
		letters:  letters,
		reviewer: consumers.NewReviewer(letters, mirror{a.house}, a.js, stream.NewDirty(a.js), a.registry),
	}
}

// List implements api.Letters.
func (d deskOfLetters) List(ctx context.Context, tenant string, limit int, after uint64) ([]stream.DeadLetter, error) {
	return d.letters.List(ctx, tenant, limit, after)
}

// Get implements api.Letters.
func (d deskOfLetters) Get(ctx context.Context, id string) (stream.DeadLetter, error) {
	letter, err := d.letters.Get(ctx, id)
	return letter, noSuchLetter(err, id)
}

// Discard implements api.Letters; the API has checked whose letter it is.
func (d deskOfLetters) Discard(ctx context.Context, id string) error {
	return noSuchLetter(d.reviewer.Discard(ctx, "", id), id)
}

// Replay implements api.Letters.
func (d deskOfLetters) Replay(ctx context.Context, request api.ReplayRequest) ([]api.ReplayResult, error) {
	results, err := d.reviewer.Replay(ctx, consumers.ReplayRequest{
		Tenant: request.Tenant, IDs: request.IDs, All: request.All, Set: request.Set, DryRun: request.DryRun,
	})
	answer := make([]api.ReplayResult, len(results))
	for i := range results {
		answer[i] = api.ReplayResult(results[i])
	}
	if err != nil {
		return answer, fmt.Errorf("replay dead letters: %w", err)
	}
	return answer, nil
}

func noSuchLetter(err error, id string) error {
	if !errors.Is(err, stream.ErrNoDeadLetter) {
		return err
	}
	return &problem.Error{
		Status: http.StatusNotFound, Code: "unknown_dead_letter", Cause: err,
		Detail: fmt.Sprintf("There is no dead letter %q.", id), Hint: "GET /v1/deadletters lists what there is.",
	}
}

// mirror shows the state of dead letters in the warehouse as soon as it is there.
type mirror struct{ house *warehouseLink }

// InsertDeadLetters implements consumers.Mirror.
func (m mirror) InsertDeadLetters(ctx context.Context, letters []warehouse.DeadLetter) error {
	writer, _, err := m.house.databases()
	if err != nil {
		return notYet(err)
	}
	return writer.InsertDeadLetters(ctx, letters)
}
