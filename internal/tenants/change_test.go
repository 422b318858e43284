package tenants_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/turnout/turnout/internal/tenants"
)

// Whoever depends on a setting is told in every process, after the change is in force there.
func TestAChangeIsToldOfInEveryProcess(t *testing.T) {
	t.Parallel()
	js := newJetStream(t)
	here, elsewhere := open(t, js), open(t, js)
	want := tenants.Defaults()
	want.Timezone = "Asia/Kathmandu"
	var hereTold, elsewhereTold atomic.Int64
	failures := atomic.Int64{}
	failures.Store(1)
	here.OnChange(func(_ context.Context, tenant string) error {
		if tenant != "acme" || here.Get(tenant) != want {
			t.Errorf("told of %s before its change was in force", tenant)
		}
		hereTold.Add(1)
		return nil
	})
	elsewhere.OnChange(func(_ context.Context, tenant string) error {
		if tenant != "acme" || elsewhere.Get(tenant) != want {
			t.Errorf("told of %s before its change was in force", tenant)
		}
		if failures.Add(-1) >= 0 {
			return errors.New("the stream is away")
		}
		elsewhereTold.Add(1)
		return nil
	})
	if err := here.Put(t.Context(), "acme", want); err != nil {
		t.Fatal(err)
	}
	if hereTold.Load() == 0 {
		t.Error("Put returned before it told")
	}
	for deadline := time.Now().Add(time.Minute); elsewhereTold.Load() == 0; {
		if time.Now().After(deadline) {
			t.Fatal("the other process told nobody")
		}
	}
	here.OnChange(func(context.Context, string) error { return errors.New("the stream is away") })
	if err := here.Put(t.Context(), "acme", want); err == nil {
		t.Error("settings that nobody was told of were taken for told")
	}
}
