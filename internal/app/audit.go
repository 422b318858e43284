package app

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/turnout/turnout/consumers"
	"github.com/turnout/turnout/consumers/audit"
	"github.com/turnout/turnout/consumers/rebuild"
	"github.com/turnout/turnout/internal/operations"
	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
)

// auditor makes the auditor as soon as the warehouse is there.
func (a *app) auditor() (*audit.Auditor, *warehouse.DB, error) {
	if err := a.house.ready(); err != nil {
		return nil, nil, notYet(err)
	}
	db, _, err := a.house.databases()
	if err != nil {
		return nil, nil, notYet(err)
	}
	rollups, err := warehouse.NewRollups(db, a.registry)
	if err != nil {
		return nil, nil, fmt.Errorf("prepare the rollups: %w", err)
	}
	auditor, err := audit.New(audit.Config{
		Stream: a.js, Conn: db.Conn(), Registry: a.registry, Letters: stream.NewDeadLetters(a.js), Erased: a.erased,
		Rollups: rollups, Notes: stream.NewDirty(a.js), Zone: func(tenant string) string { return a.tenants.Get(tenant).Timezone },
	})
	return auditor, db, err
}

func (a *app) auditOperation() operations.Operation {
	return operations.Operation{Name: "audit", Run: func(ctx context.Context, call operations.Call) (any, error) {
		var params struct {
			Deep bool `json:"deep"`
		}
		if err := call.Decode(&params); err != nil {
			return nil, err
		}
		auditor, _, err := a.auditor()
		if err != nil {
			return nil, err
		}
		report, err := auditor.Run(ctx, audit.Request{Tenant: call.Tenant, Deep: params.Deep}, call.Progress)
		if err != nil {
			return nil, err
		}
		return report, a.audits.Keep(ctx, report)
	}}
}

// auditAfter is how long a process runs before it audits by itself: starting is work enough.
const auditAfter = 10 * time.Minute

// keepAudits opens the record of audits, shows it as metrics, and audits by itself where events are stored.
func (a *app) keepAudits(ctx context.Context) error {
	records, err := audit.OpenRecords(ctx, a.js, a.cfg.StreamReplicas)
	if err != nil {
		return fmt.Errorf("open the record of audits: %w", err)
	}
	a.audits = records
	a.metrics.Registerer().MustRegister(audit.NewCollector(records))
	if a.cfg.AuditEvery <= 0 || !a.has(roleConsumer) {
		return nil
	}
	schedule := &audit.Schedule{
		Every: a.cfg.AuditEvery, After: auditAfter, Records: records, Logger: a.logger,
		Auditor: func() (*audit.Auditor, error) { auditor, _, err := a.auditor(); return auditor, err },
	}
	a.life.background("audits", schedule.Run)
	return nil
}

func (a *app) rebuildOperation() operations.Operation {
	return operations.Operation{Name: "rebuild", Run: func(ctx context.Context, call operations.Call) (any, error) {
		var params struct {
			What []string `json:"what"`
		}
		if err := call.Decode(&params); err != nil {
			return nil, err
		}
		request := rebuild.Request{Tenant: call.Tenant, Facts: len(params.What) == 0, Rollups: len(params.What) == 0}
		for _, what := range params.What {
			switch what {
			case "facts":
				request.Facts = true
			case "rollups":
				request.Rollups = true
			default:
				return nil, &problem.Error{
					Status: http.StatusBadRequest, Code: "bad_parameters", Pointer: "/what",
					Detail: fmt.Sprintf("%q cannot be rebuilt.", what), Hint: "Ask for facts, for rollups, or for both.",
				}
			}
		}
		auditor, db, err := a.auditor()
		if err != nil {
			return nil, err
		}
		rollups, err := warehouse.NewRollups(db, a.registry)
		if err != nil {
			return nil, fmt.Errorf("prepare the rollups: %w", err)
		}
		rebuilder, err := rebuild.New(rebuild.Config{
			Stream: a.js, DB: db, Registry: a.registry, Auditor: auditor, Rollups: rollups, Notes: stream.NewDirty(a.js),
		})
		if err != nil {
			return nil, err
		}
		return rebuilder.Run(ctx, request, call.Progress)
	}}
}

func (a *app) replayOperation() operations.Operation {
	return operations.Operation{Name: "replay", Run: func(ctx context.Context, call operations.Call) (any, error) {
		if call.Tenant != "" {
			return nil, &problem.Error{
				Status: http.StatusForbidden, Code: "not_for_one_tenant",
				Detail: "The stream holds all communities, and is read again for all of them.",
				Hint:   "Use a key without a tenant and name none; what is stored already stays as it is.",
			}
		}
		var params struct {
			From string `json:"from"`
			To   string `json:"to"`
		}
		if err := call.Decode(&params); err != nil {
			return nil, err
		}
		var span rebuild.Span
		var err error
		if span.From, span.FromTime, err = position("from", params.From); err != nil {
			return nil, err
		}
		if span.To, span.ToTime, err = position("to", params.To); err != nil {
			return nil, err
		}
		_, db, err := a.auditor()
		if err != nil {
			return nil, err
		}
		return rebuild.Replay(ctx, consumers.Config{
			Stream: a.js, Registry: a.registry, Warehouse: db, Letters: stream.NewDeadLetters(a.js), Notes: stream.NewDirty(a.js), Logger: a.logger,
			Erased: a.erased,
		}, db, span, call.Progress)
	}}
}

// position reads a sequence or a time; an empty text is neither.
func position(name, text string) (uint64, time.Time, error) {
	if text == "" {
		return 0, time.Time{}, nil
	}
	if sequence, err := strconv.ParseUint(text, 10, 64); err == nil {
		return sequence, time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return 0, at, nil
		}
	}
	return 0, time.Time{}, &problem.Error{
		Status: http.StatusBadRequest, Code: "bad_parameters", Pointer: "/" + name,
		Detail: fmt.Sprintf("%q is neither a sequence of the stream nor a time.", text), Hint: "Write 1234, 2026-11-22 or 2026-11-22T09:30:00Z.",
	}
}
