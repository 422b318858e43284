package importer

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestManifest(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.csv", "a.yaml", "b.ndjson", "sub/c.CSV", "d.xlsx"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	load := func(text string) (*Manifest, error) {
		if err := os.WriteFile(filepath.Join(dir, ManifestName), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return LoadManifest(dir)
	}
	m, err := load("tenant: t-1\ntimezone: Europe/Moscow\nfiles:\n- {file: b.ndjson}\n- {file: sub/c.CSV, mapping: a.yaml}\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []ManifestFile{{Path: filepath.Join(dir, "b.ndjson")}, {filepath.Join(dir, "sub", "c.CSV"), filepath.Join(dir, "a.yaml")}}
	if m.Tenant != "t-1" || m.Timezone != "Europe/Moscow" || len(m.Files) != 2 || m.Files[0] != want[0] || m.Files[1] != want[1] {
		t.Errorf("manifest is %+v", m)
	}
	cases := []struct{ name, text, words string }{
		{"empty", "", "the file is empty"},
		{"no tenant", "files: [{file: b.ndjson}]", `no "tenant"`},
		{"no files", "tenant: t", `no "files"`},
		{"files is empty", "tenant: t\nfiles: []", "at least one file"},
		{"files is text", "tenant: t\nfiles: b.ndjson", "at least one file"},
		{"bad tenant", "tenant: Big Tenant\nfiles: [{file: b.ndjson}]", "is no tenant"},
		{"bad zone", "tenant: t\ntimezone: Moscow\nfiles: [{file: b.ndjson}]", "no time zone"},
		{"unknown key", "tenant: t\nfile: b.ndjson\nfiles: [{file: b.ndjson}]", `did you mean "files"`},
		{"file is text", "tenant: t\nfiles: [b.ndjson]", "`key: value`"},
		{"file without a name", "tenant: t\nfiles: [{mapping: a.yaml}]", "no name"},
		{"no mapping", "tenant: t\nfiles: [{file: a.csv}]", "no mapping"},
		{"mapping of events", "tenant: t\nfiles: [{file: b.ndjson, mapping: a.yaml}]", "needs no mapping"},
		{"other kind", "tenant: t\nfiles: [{file: d.xlsx, mapping: a.yaml}]", "neither a table nor events"},
		{"not there", "tenant: t\nfiles: [{file: z.ndjson}]", "there is no file"},
		{"mapping not there", "tenant: t\nfiles: [{file: a.csv, mapping: z.yaml}]", "there is no file"},
		{"folder", "tenant: t\nfiles: [{file: sub}]", "is no file"},
		{"out of the folder", "tenant: t\nfiles: [{file: ../b.ndjson}]", "leads out"},
		{"absolute", "tenant: t\nfiles: [{file: /etc/x.ndjson}]", "leads out"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := load(c.text)
			if err == nil || !strings.Contains(err.Error(), c.words) {
				t.Errorf("error is %v, want %q", err, c.words)
			}
		})
	}
	if _, err := LoadManifest(filepath.Join(dir, "sub")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder without a manifest: %v", err)
	}
	if _, err := LoadMapping(filepath.Join(dir, "none.yaml"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no mapping: %v", err)
	}
}
