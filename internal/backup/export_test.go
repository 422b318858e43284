package backup

import "testing"

// Reseal changes the manifest of a backup as an attacker, or a program of another version, would.
func Reseal(t testing.TB, dir string, change func(*Manifest)) {
	t.Helper()
	m, err := readManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	change(m)
	if err := m.write(dir); err != nil {
		t.Fatal(err)
	}
}
