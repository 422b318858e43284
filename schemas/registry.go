package schemas

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

//go:embed events/*.json
var builtin embed.FS

// Registry holds event types. It does not change after loading, so that any number of goroutines may use it.
type Registry struct {
	types    map[string]*Type
	names    []string
	promoted []Field
}

// Builtin loads the event types that come with the program.
func Builtin() (*Registry, error) { return Load() }

// Load loads the built-in types and, over them, the *.json files of each extra file system's root. A file that names a type which is
// there already is an error unless both say the same. The file name is the type's name: attendance.recorded.v1.json.
func Load(extra ...fs.FS) (*Registry, error) {
	events, err := fs.Sub(builtin, "events")
	if err != nil {
		return nil, fmt.Errorf("open built-in schemas: %w", err)
	}
	return load(append([]fs.FS{events}, extra...)...)
}

// LoadFS loads only the types in the root of each file system, without the built-in ones: for comparing one state of a contract with another.
func LoadFS(sources ...fs.FS) (*Registry, error) { return load(sources...) }

// LoadFiles is LoadFS for files in memory: contents by name, such as those of a revision in version control.
func LoadFiles(files map[string][]byte) (*Registry, error) {
	r := &Registry{types: map[string]*Type{}}
	for _, file := range sortedKeys(files) {
		if !strings.HasSuffix(file, ".json") {
			continue
		}
		if err := r.add(strings.TrimSuffix(file, ".json"), files[file]); err != nil {
			return nil, fmt.Errorf("load schema %s: %w", file, err)
		}
	}
	return r.complete()
}

// LoadDir loads the built-in types and those in the given directories.
func LoadDir(dirs ...string) (*Registry, error) {
	extra := make([]fs.FS, 0, len(dirs))
	for _, dir := range dirs {
		if info, err := os.Stat(dir); err != nil {
			return nil, fmt.Errorf("open schema directory: %w", err)
		} else if !info.IsDir() {
			return nil, fmt.Errorf("open schema directory: %s is not a directory", dir)
		}
		extra = append(extra, os.DirFS(dir))
	}
	return Load(extra...)
}

func load(sources ...fs.FS) (*Registry, error) {
	r := &Registry{types: map[string]*Type{}}
	for _, source := range sources {
		files, err := fs.Glob(source, "*.json")
		if err != nil {
			return nil, fmt.Errorf("list schemas: %w", err)
		}
		for _, file := range files {
			if err := r.loadFile(source, file); err != nil {
				return nil, fmt.Errorf("load schema %s: %w", file, err)
			}
		}
	}
	return r.complete()
}

// complete is the last step of loading: what needs all types.
func (r *Registry) complete() (*Registry, error) {
	r.names = sortedKeys(r.types)
	if err := r.versionsAgree(); err != nil {
		return nil, err
	}
	if err := r.promote(); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *Registry) loadFile(source fs.FS, file string) error {
	text, err := fs.ReadFile(source, file)
	if err != nil {
		return fmt.Errorf("read file: %w", err)
	}
	return r.add(strings.TrimSuffix(file, ".json"), text)
}

func (r *Registry) add(name string, text []byte) error {
	if known, clash := r.types[name]; clash {
		if sameJSON(known.Source, text) {
			return nil
		}
		return errors.New("there is another schema of this name already; give the new one a name or version of its own")
	}
	t, err := parseType(name, text)
	if err != nil {
		return err
	}
	if err := t.compile(); err != nil {
		return err
	}
	r.types[name] = t
	return nil
}

func sameJSON(a, b []byte) bool {
	x, errX := Canonical(a)
	y, errY := Canonical(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// versionsAgree makes sure that versions of one type can share their facts and their view: one key, and one column type a field.
func (r *Registry) versionsAgree() error {
	first := map[string]*Type{}
	for _, t := range r.Types() {
		other, known := first[t.Base]
		if !known {
			first[t.Base] = t
			continue
		}
		if !slices.Equal(other.Key, t.Key) {
			return fmt.Errorf("load schemas: %s has the key %s, but %s has %s; versions of a type share their facts, so a new key needs a new name",
				t.Name, strings.Join(t.Key, " + "), other.Name, strings.Join(other.Key, " + "))
		}
		for _, field := range t.Fields {
			if was, there := other.Field(field.Name); there && was.ClickHouse != field.ClickHouse && (!was.isText() || !field.isText()) {
				return fmt.Errorf("load schemas: %s is %s in %s, but %s in %s; versions of a type share their view, so give it another name",
					field.Name, field.ClickHouse, t.Name, was.ClickHouse, other.Name)
			}
		}
	}
	return nil
}

// promote unites the promoted fields of all types.
func (r *Registry) promote() error {
	owner := map[string]*Type{}
	byName := map[string]Field{}
	for _, t := range r.Types() {
		for _, field := range t.Promoted {
			known, ok := byName[field.Name]
			if ok && known.ClickHouse != field.ClickHouse {
				return fmt.Errorf("load schemas: %s promotes %s as %s, but %s promotes it as %s; give one of them another name",
					t.Name, field.Name, field.ClickHouse, owner[field.Name].Name, known.ClickHouse)
			}
			if !ok {
				known = Field{Name: field.Name, JSONType: field.JSONType, Format: field.Format, ClickHouse: field.ClickHouse, Promoted: true, Ref: field.Ref}
				owner[field.Name] = t
			}
			if known.Ref != field.Ref {
				known.Ref = ""
			}
			known.Enum = unite(known.Enum, field.Enum)
			byName[field.Name] = known
		}
	}
	for _, name := range sortedKeys(byName) {
		field := byName[name]
		field.Description = "Promoted from data." + name
		r.promoted = append(r.promoted, field)
	}
	for _, t := range r.types {
		for _, field := range t.Promoted {
			t.promoted = append(t.promoted, slices.IndexFunc(r.promoted, func(f Field) bool { return f.Name == field.Name }))
		}
	}
	return nil
}

func unite(a, b []string) []string {
	united := slices.Clone(a)
	for _, word := range b {
		if !contains(united, word) {
			united = append(united, word)
		}
	}
	slices.Sort(united)
	return united
}

// Types lists the types by name.
func (r *Registry) Types() []*Type {
	types := make([]*Type, len(r.names))
	for i, name := range r.names {
		types[i] = r.types[name]
	}
	return types
}

// Type finds a type by its full name, version included.
func (r *Registry) Type(name string) (*Type, bool) {
	t, ok := r.types[name]
	return t, ok
}

// PromotedColumns is the union by name of all types' promoted fields, sorted by name. Enum is the union of the types' values.
func (r *Registry) PromotedColumns() []Field { return slices.Clone(r.promoted) }

// decodeAny parses JSON into the values that the JSON Schema library works on.
func decodeAny(raw []byte) (any, error) {
	if !jsontext.Value(raw).IsValid() {
		return nil, errors.New("parse JSON: not strict JSON")
	}
	return unmarshalNumber(raw)
}
