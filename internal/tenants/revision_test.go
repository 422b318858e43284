package tenants

import "testing"

// The watch repeats every change a moment after Put has made it; behind a newer
// change it must not bring the older one back.
func TestAnOlderRevisionDoesNotComeBack(t *testing.T) {
	t.Parallel()
	store := &Store{known: make(map[string]revised)}
	older, newer := Defaults(), Defaults()
	older.YearEnd, newer.YearEnd = "06-30", "08-31"
	for _, change := range []revised{{older, 6}, {newer, 7}, {older, 6}, {newer, 7}} {
		store.keep("acme", change.settings, change.revision)
	}
	if got := store.Get("acme"); got != newer {
		t.Errorf("after revisions 6, 7 and 6 again: %+v", got)
	}
}
