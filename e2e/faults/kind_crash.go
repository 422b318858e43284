package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// strikeLimit is how long a crash point may take to be reached after everything was sent.
const strikeLimit = 3 * time.Second

// crashAt kills the program at a named point of its consumer, the first or second time it comes by.
func crashAt(point, meaning string) Kind {
	return Kind{
		Name: "crash-" + point, Does: "the program dies " + meaning, Heal: "it is started again", Cheap: true,
		Prepare: func(ctx context.Context, r *Round) error {
			return r.House.Restart(ctx, fmt.Sprintf("TURNOUT_CRASHPOINT=%s:%d", point, r.Chance(1, 2)))
		},
		Break: awaitCrash,
	}
}

// awaitCrash waits until the program has died of its crash point; one that is not reached is a round without a fault.
func awaitCrash(ctx context.Context, r *Round) error {
	sent, cancel := context.WithCancel(ctx)
	defer cancel()
	everything := make(chan error, 1)
	go func() { everything <- r.Until(sent, 1) }()
	select {
	case <-r.House.Program.Exited():
		return nil
	case err := <-everything:
		if err != nil {
			return err
		}
	}
	late, end := context.WithTimeout(ctx, strikeLimit)
	defer end()
	return r.missed(ctx, r.House.Program.AwaitExit(late))
}

// missed takes a crash point away that was not reached in time, so that it does not strike while everything is counted.
func (r *Round) missed(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	r.Missed = true
	return r.House.Restart(ctx)
}

// crashEngine kills the engine a moment after the program sent an insert: before, within or after it, between log and facts.
func crashEngine() Kind {
	return Kind{
		Name: "crash-engine-within-insert", Does: "the engine dies up to 40 ms after an insert began: between log and facts", Heal: "the program starts it again",
		Cheap: true,
		Prepare: func(ctx context.Context, r *Round) error {
			return r.House.Restart(ctx, fmt.Sprintf("TURNOUT_CRASHPOINT=engine@before-insert:%d+%dus", r.Chance(1, 2), r.Chance(1, 40_000)))
		},
		Break: func(ctx context.Context, r *Round) error {
			engine := r.House.Engine()
			if err := r.Until(ctx, 1); err != nil {
				return err
			}
			err := await(ctx, strikeLimit, "the engine to die", func(context.Context) error {
				if r.House.Engine() == engine {
					return errors.New("it lives")
				}
				return nil
			})
			return r.missed(ctx, err)
		},
	}
}

// crashMigrating starts the program with a further event type, and kills it in the middle of making columns and views for it.
func crashMigrating() Kind {
	return Kind{
		Name: "crash-during-migration", Does: "the program is started with a further event type and dies while it makes its columns and views",
		Heal: "it is started again with that type, and at the end without", Cheap: true,
		Break: func(ctx context.Context, r *Round) error {
			if err := r.Until(ctx, float64(r.Chance(10, 60))/100); err != nil {
				return err
			}
			folder, err := moreSchemas(r)
			if err != nil {
				return err
			}
			if err := r.House.Program.Stop(stopLimit); err != nil {
				r.Wrongf("stopping in order failed: %v", err)
			}
			contract := "TURNOUT_SCHEMAS=" + folder
			if err := r.House.Start(contract, fmt.Sprintf("TURNOUT_CRASHPOINT=during-migration:%d", r.Chance(1, 12))); err != nil {
				return err
			}
			if err := r.House.Program.AwaitExit(ctx); err != nil {
				return err
			}
			if err := r.House.Restart(ctx, contract); err != nil {
				return err
			}
			return r.House.Restart(ctx)
		},
	}
}

// moreSchemas makes a folder with a type whose promoted field is new to the warehouse.
func moreSchemas(r *Round) (string, error) {
	folder := filepath.Join(filepath.Dir(r.House.Dir), fmt.Sprintf("schemas-%d", r.Number))
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("make a folder of schemas: %w", err)
	}
	field := fmt.Sprintf("extra_%d", r.Number)
	schema := strings.ReplaceAll(extraSchema, "FIELD", field)
	if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("extra%d.noted.v1.json", r.Number)), []byte(schema), 0o600); err != nil {
		return "", fmt.Errorf("write a schema: %w", err)
	}
	return folder, nil
}

const extraSchema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Something noted", "description": "A type of the fault tests.",
  "type": "object",
  "properties": {
    "note_id": {"type": "string", "minLength": 1, "maxLength": 64, "description": "The note."},
    "FIELD": {"type": "integer", "minimum": 0, "maximum": 1000, "description": "A number that no other type has."}
  },
  "required": ["note_id"], "unevaluatedProperties": false,
  "examples": [{"note_id": "n1", "FIELD": 3}],
  "x-turnout": {"key": ["note_id"], "promote": ["FIELD"], "personal": [], "refs": {"note_id": "note"},
    "counter_examples": [{"data": {"note_id": 1}, "pointer": "/data/note_id", "why": "An id is a text."}]}
}
`
