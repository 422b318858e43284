package reporting

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

func oneCell(value any) *answer {
	return &answer{columns: []Column{{Name: "n", Type: Integer}}, values: [][]any{{value}}}
}

func finds(value any, asked *int) func(context.Context) (*answer, error) {
	return func(context.Context) (*answer, error) {
		*asked++
		return oneCell(value), nil
	}
}

func TestAMomentIsSharedWhileNothingChanges(t *testing.T) {
	t.Parallel()
	now := time.Date(2024, time.June, 1, 12, 0, 0, 0, time.UTC)
	m := newMemo(func() time.Time { return now })
	moment := func(after time.Duration, tenant, version string) time.Time {
		now = now.Add(after)
		return m.asOf(tenant, version)
	}
	first := moment(0, "davis", "1")
	if got := moment(shortestMoment/2, "davis", "1"); !got.Equal(first) {
		t.Errorf("half a second later: %s, want %s", got, first)
	}
	if got := moment(0, "other", "1"); !got.Equal(now) {
		t.Errorf("another community's moment: %s, want %s", got, now)
	}
	if got := moment(0, "davis", "2"); !got.Equal(now) {
		t.Errorf("when something was stored since: %s, want %s", got, now)
	}
	still := moment(time.Hour, "davis", "2")
	if !still.Equal(now) {
		t.Errorf("an hour later: %s, want %s", still, now)
	}
	if got := moment(longestMoment-time.Second, "davis", "2"); !got.Equal(still) {
		t.Errorf("within the longest moment: %s, want %s", got, still)
	}
	if got := moment(time.Second, "davis", "2"); !got.Equal(now) {
		t.Errorf("after it: %s, want %s", got, now)
	}
	if got := moment(-time.Hour, "davis", "2"); !got.Equal(now) {
		t.Errorf("when the clock was set back: %s, want %s", got, now)
	}
}

func TestWhatIsKeptIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	m, asked := newMemo(time.Now), 0
	for range 3 {
		got, err := m.get(t.Context(), "a", finds(int64(1), &asked))
		if err != nil || got.values[0][0] != int64(1) {
			t.Fatalf("%v %v", got, err)
		}
		got.values[0][0] = nil // as suppression does
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	if _, err := m.get(t.Context(), "b", finds(int64(2), &asked)); err != nil || asked != 2 {
		t.Errorf("another question: %v, asked %d times", err, asked)
	}
}

func TestFailuresAreNotKept(t *testing.T) {
	t.Parallel()
	m, failure := newMemo(time.Now), errors.New("broken")
	if _, err := m.get(t.Context(), "a", func(context.Context) (*answer, error) { return nil, failure }); !errors.Is(err, failure) {
		t.Error(err)
	}
	asked := 0
	if _, err := m.get(t.Context(), "a", finds(int64(1), &asked)); err != nil || asked != 1 {
		t.Errorf("%v, asked %d times", err, asked)
	}
}

func TestThoseWhoAskAtOnceShareAQuery(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, asked, let := newMemo(time.Now), 0, make(chan struct{})
		run := func(ctx context.Context) (*answer, error) {
			asked++
			select {
			case <-let:
				return oneCell(int64(1)), nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		impatient, leave := context.WithCancel(t.Context())
		results := make(chan error, 3)
		for _, ctx := range []context.Context{impatient, t.Context(), t.Context()} {
			go func() {
				_, err := m.get(ctx, "a", run)
				results <- err
			}()
		}
		synctest.Wait()
		leave()
		if err := <-results; !errors.Is(err, context.Canceled) {
			t.Errorf("who left: %v", err)
		}
		close(let)
		for range 2 {
			if err := <-results; err != nil {
				t.Errorf("who stayed: %v", err)
			}
		}
		if asked != 1 {
			t.Errorf("asked %d times", asked)
		}
	})
}

func TestWhenAllWhoAskedAreGoneTheQueryEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, ended := newMemo(time.Now), make(chan struct{})
		ctx, leave := context.WithCancel(t.Context())
		go func() {
			_, _ = m.get(ctx, "a", func(ctx context.Context) (*answer, error) {
				<-ctx.Done()
				close(ended)
				return nil, ctx.Err()
			})
		}()
		synctest.Wait()
		leave()
		<-ended
		asked := 0
		if _, err := m.get(t.Context(), "a", finds(int64(1), &asked)); err != nil || asked != 1 {
			t.Errorf("who comes next: %v, asked %d times", err, asked)
		}
	})
}

func TestWhatIsKeptIsBounded(t *testing.T) {
	t.Parallel()
	m := newMemo(time.Now)
	long := func(context.Context) (*answer, error) {
		out := &answer{columns: make([]Column, 9)}
		for range mostCellsOfOne/10 - 1 {
			out.values = append(out.values, make([]any, 9))
		}
		return out, nil
	}
	for i := range 2 * mostCells / mostCellsOfOne {
		if _, err := m.get(t.Context(), strconv.Itoa(i), long); err != nil {
			t.Fatal(err)
		}
		if m.cells > mostCells || len(m.kept) != m.order.Len() {
			t.Fatalf("%d cells in %d answers, %d in order", m.cells, len(m.kept), m.order.Len())
		}
	}
	if len(m.kept) < mostCells/mostCellsOfOne {
		t.Errorf("only %d answers are kept", len(m.kept))
	}
	if _, found := m.kept["0"]; found {
		t.Error("the oldest is kept")
	}
	tooLong := func(ctx context.Context) (*answer, error) {
		out, err := long(ctx)
		out.values = append(out.values, make([]any, 9))
		return out, err
	}
	if _, err := m.get(t.Context(), "too long", tooLong); err != nil {
		t.Fatal(err)
	}
	if _, found := m.kept["too long"]; found {
		t.Error("an answer that is too long is kept")
	}
}
