package auth_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/turnout/turnout/internal/auth"
)

func newPath(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "data", auth.FileName)
}

func create(t *testing.T, path, tenant string, scopes ...auth.Scope) (text, id string) {
	t.Helper()
	text, key, err := auth.Create(path, tenant, scopes)
	if err != nil {
		t.Fatal(err)
	}
	return text, key.ID
}

func open(t *testing.T, path string) *auth.Store {
	t.Helper()
	store, err := auth.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// eventually polls until the condition holds or a second has passed: the promise is
// that a change is seen within one.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Second)
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("not within a second: %s", what)
		}
		<-ticker.C
	}
}

func TestStoreWithoutKeysLetsEverybodyDoEverything(t *testing.T) {
	for name, store := range map[string]*auth.Store{"no file": open(t, newPath(t)), "nil store": nil} {
		id, err := store.Authenticate("tk_any_thing")
		if err != nil || !id.Can(auth.Admin) || id.Tenant != "" || store.Required() {
			t.Errorf("%s: got %+v, %v, required %v", name, id, err, store.Required())
		}
	}
}

func TestKeyIsShownOnceAndStoredHashed(t *testing.T) {
	path := newPath(t)
	text, id := create(t, path, "alumni", auth.Publish)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	secret := text[strings.LastIndex(text, "_")+1:]
	if strings.Contains(string(raw), secret) || !strings.Contains(string(raw), id) {
		t.Errorf("the file must hold the id and not the secret:\n%s", raw)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("key file has mode %v", info.Mode())
	}
	if len(secret) < 32 || !strings.HasPrefix(text, "tk_"+id+"_") {
		t.Errorf("key %q has another form than tk_<id>_<32 or more>", text)
	}
}

func TestAuthenticate(t *testing.T) {
	path := newPath(t)
	good, id := create(t, path, "alumni", auth.Publish, auth.Read)
	revoked, revokedID := create(t, path, "", auth.Admin)
	if _, err := auth.Revoke(path, revokedID); err != nil {
		t.Fatal(err)
	}
	store := open(t, path)
	tests := map[string]struct {
		text string
		want error
	}{
		"good":                    {good, nil},
		"none":                    {"", auth.ErrNoKey},
		"another form":            {"hello", auth.ErrUnknownKey},
		"unknown id":              {"tk_aaaaaaaa_" + good[strings.LastIndex(good, "_")+1:], auth.ErrUnknownKey},
		"wrong secret":            {good[:len(good)-1] + "!", auth.ErrUnknownKey},
		"cut short":               {good[:len(good)-1], auth.ErrUnknownKey},
		"only the id":             {"tk_" + id + "_", auth.ErrUnknownKey},
		"revoked":                 {revoked, auth.ErrRevoked},
		"revoked, wrong secret":   {revoked + "x", auth.ErrUnknownKey},
		"the stored hash as key":  {storedHash(t, path, id), auth.ErrUnknownKey},
		"the hash after the head": {"tk_" + id + "_" + storedHash(t, path, id), auth.ErrUnknownKey},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := store.Authenticate(test.text)
			if !errors.Is(err, test.want) {
				t.Fatalf("got %v, want %v", err, test.want)
			}
			if err == nil && (got.KeyID != id || got.Tenant != "alumni" || !got.Can(auth.Read) || got.Can(auth.Admin)) {
				t.Errorf("got %+v", got)
			}
			if err != nil && len(got.Scopes) != 0 {
				t.Errorf("a refused caller has scopes: %+v", got)
			}
		})
	}
}

func storedHash(t *testing.T, path, id string) string {
	t.Helper()
	keys, err := auth.List(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		if key.ID == id {
			return key.Hash
		}
	}
	t.Fatalf("key %s is not listed", id)
	return ""
}

func TestRevokingTheLastKeyDoesNotOpenTheServer(t *testing.T) {
	path := newPath(t)
	text, id := create(t, path, "", auth.Admin)
	if _, err := auth.Revoke(path, id); err != nil {
		t.Fatal(err)
	}
	store := open(t, path)
	if !store.Required() {
		t.Error("no key is required after the last one was revoked")
	}
	if _, err := store.Authenticate(text); !errors.Is(err, auth.ErrRevoked) {
		t.Errorf("got %v", err)
	}
}

func TestRunningStoreSeesChangesWithinASecond(t *testing.T) {
	path := newPath(t)
	store := open(t, path)
	text, id := create(t, path, "alumni", auth.Read)
	eventually(t, "the first key closes the server", func() bool {
		_, err := store.Authenticate("")
		return errors.Is(err, auth.ErrNoKey)
	})
	if _, err := store.Authenticate(text); err != nil {
		t.Fatal(err)
	}
	if _, err := auth.Revoke(path, id); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the key is refused", func() bool {
		_, err := store.Authenticate(text)
		return errors.Is(err, auth.ErrRevoked)
	})
}

func TestWatchCallsOnChangeAndReportsEachTroubleOnce(t *testing.T) {
	path := newPath(t)
	store := open(t, path)
	changed := make(chan struct{}, 8)
	defer store.OnChange(func() { changed <- struct{}{} })()
	reports := make(chan error, 8)
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() { store.Watch(ctx, func(err error) { reports <- err }) })
	defer done.Wait()
	defer cancel()

	text, _ := create(t, path, "", auth.Read)
	waitFor(t, changed)
	for _, damage := range []string{"{", "nonsense", `{"keys":[]}`, `{"keys":[{"id":"x"}]}`} {
		replace(t, path, damage)
		if err := waitFor(t, reports); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("after %q: the report does not name the file: %v", damage, err)
		}
		if _, err := store.Authenticate(text); err != nil {
			t.Errorf("after %q: the last good state was lost: %v", damage, err)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := waitFor(t, reports); !strings.Contains(err.Error(), "gone") {
		t.Errorf("after removing the file: %v", err)
	}
	if _, err := store.Authenticate(""); !errors.Is(err, auth.ErrNoKey) {
		t.Errorf("removing the file opened the server: %v", err)
	}
	if len(reports) > 0 || len(changed) > 0 {
		t.Errorf("%d more reports, %d more changes", len(reports), len(changed))
	}
}

// replace puts the content in place in one step, so that nobody sees half of it.
func replace(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path+".new", []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func waitFor[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case value := <-from:
		return value
	case <-time.After(time.Second):
		t.Fatal("nothing happened within a second")
		panic("unreachable")
	}
}

func TestDamagedFileRefusesToOpen(t *testing.T) {
	hash := strings.Repeat("ab", 32)
	for name, content := range map[string]string{
		"not JSON":        "{",
		"empty":           "",
		"no id":           `{"keys":[{"hash":"` + hash + `"}]}`,
		"short hash":      `{"keys":[{"id":"a","hash":"abcd"}]}`,
		"wildcard tenant": `{"keys":[{"id":"a","hash":"` + hash + `","tenant":"*"}]}`,
		"unknown scope":   `{"keys":[{"id":"a","hash":"` + hash + `","scopes":["root"]}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), auth.FileName)
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := auth.Open(path); err == nil {
				t.Error("opened")
			}
			if _, _, err := auth.Create(path, "", auth.Scopes()); err == nil {
				t.Error("a key was added to a damaged file, which would have replaced the others")
			}
		})
	}
}

func TestConcurrentWritersLoseNoKey(t *testing.T) {
	path := newPath(t)
	var writers sync.WaitGroup
	const count = 16
	for range count {
		writers.Go(func() {
			if _, _, err := auth.Create(path, "", []auth.Scope{auth.Read}); err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	keys, err := auth.List(path)
	if err != nil || len(keys) != count {
		t.Errorf("%d keys, %v", len(keys), err)
	}
}

func TestCreateAndRevokeRefuseNonsense(t *testing.T) {
	path := newPath(t)
	if _, _, err := auth.Create(path, "Alumni!", auth.Scopes()); err == nil {
		t.Error("a malformed tenant was taken")
	}
	if _, _, err := auth.Create(path, "", nil); err == nil {
		t.Error("a key without scopes was made")
	}
	if _, err := auth.Revoke(path, "nobody"); !errors.Is(err, auth.ErrNoSuchKey) {
		t.Errorf("got %v", err)
	}
	if keys, err := auth.List(path); err != nil || len(keys) != 0 {
		t.Errorf("got %v, %v", keys, err)
	}
}
