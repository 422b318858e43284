package audit

import (
	"context"
	"log/slog"
	"time"
)

// Schedule audits by itself, in whatever process is the first to find that it is time.
type Schedule struct {
	// Every is the time between two audits, and After the least time from the start of the process to the first.
	Every, After time.Duration
	Records      *Records
	// Auditor gives the auditor, or why there is none yet.
	Auditor func() (*Auditor, error)
	Logger  *slog.Logger
}

// retryAfter is when an audit that could not be finished is tried again, at the earliest.
const retryAfter = 10 * time.Minute

// Run audits until ctx ends.
func (s *Schedule) Run(ctx context.Context) {
	due := time.Now().Add(min(s.After, s.Every))
	for {
		last, err := s.Records.Last(ctx)
		if err == nil && s.recent(last) {
			due = later(due, last.Finished.Add(s.Every))
		}
		if !sleep(ctx, time.Until(due)) {
			return
		}
		if err := s.audit(ctx); err != nil && ctx.Err() == nil {
			s.Logger.Warn("the audit could not be finished; it is tried again", "error", err)
			due = time.Now().Add(min(retryAfter, s.Every))
		}
	}
}

// recent tells whether the last audit makes another one unnecessary for now. One of the future was kept while the clock was wrong.
func (s *Schedule) recent(last *Record) bool {
	if last == nil {
		return false
	}
	age := time.Since(last.Finished)
	return age >= 0 && age < s.Every
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// sleep waits; false when ctx ended first.
func sleep(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(max(pause, 0))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// audit runs one, unless another process has done it while this one waited for its turn.
func (s *Schedule) audit(ctx context.Context) error {
	auditor, err := s.Auditor()
	if err != nil {
		return err
	}
	report, err := auditor.Run(ctx, Request{Unless: func(ctx context.Context) bool {
		last, err := s.Records.Last(ctx)
		return err == nil && s.recent(last)
	}}, nil)
	if err != nil || report == nil {
		return err
	}
	if report.OK {
		s.Logger.Info("the audit found nothing that differs", "stored", report.Stored, "facts", report.Facts.Checked, "seconds", report.Seconds)
	} else {
		s.Logger.Error("the audit found differences; `turnout audit` tells them", "counts", report.Counts)
	}
	return s.Records.Keep(ctx, report)
}
