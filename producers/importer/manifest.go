package importer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/turnout/turnout/schemas"
)

// ManifestName is the file that makes a folder loadable.
const ManifestName = "load.yaml"

// Manifest is a folder's load.yaml: which files go into which tenant, in which
// order.
type Manifest struct {
	Dir      string
	Tenant   string
	Timezone string // of the community; empty when not given
	Files    []ManifestFile
}

// ManifestFile is one file of a manifest. Paths are joined with the folder.
type ManifestFile struct {
	Path    string // .csv to import through Mapping, .ndjson of CloudEvents to publish as it is
	Mapping string // empty for NDJSON
}

// LoadManifest reads the load.yaml of a folder and checks that every file it
// names is there and inside the folder. The error is [Problems] when the
// content is wrong. Mappings are not read yet: see [LoadMapping].
func LoadManifest(dir string) (*Manifest, error) {
	path := filepath.Join(dir, ManifestName)
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read manifest: %s has no %s: %w", dir, ManifestName, err)
	}
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	p := &manifestParser{document: document{file: path, code: CodeManifest}, m: &Manifest{Dir: dir}}
	if root := p.parse(raw); root != nil {
		p.readManifest(root)
	}
	if err := p.result(); err != nil {
		return nil, err
	}
	return p.m, nil
}

type manifestParser struct {
	document
	m *Manifest
}

const manifestHint = "write tenant, timezone and a list of files"

func (p *manifestParser) readManifest(root *yaml.Node) {
	keys := p.object(root, "a manifest", manifestHint, "tenant", "timezone", "files")
	for _, need := range []string{"tenant", "files"} {
		if !hasKey(keys, need) {
			p.fail(root, fmt.Sprintf("the manifest has no %q", need), manifestHint)
		}
	}
	if e, ok := keys["tenant"]; ok {
		p.readTenant(e.value)
	}
	if e, ok := keys["timezone"]; ok {
		if name, ok := p.text(e.value, "timezone"); ok {
			if _, err := loadZone(name); err != nil {
				p.fail(e.value, err.Error(), "use a name of the IANA database, such as Europe/Moscow, or UTC")
			}
			p.m.Timezone = name
		}
	}
	e, ok := keys["files"]
	if !ok {
		return
	}
	if e.value.Kind != yaml.SequenceNode || len(e.value.Content) == 0 {
		p.fail(e.value, "files must be a list with at least one file", "write `- file: NAME` lines")
		return
	}
	for _, item := range e.value.Content {
		p.readFile(item)
	}
}

func (p *manifestParser) readTenant(n *yaml.Node) {
	name, ok := p.text(n, "tenant")
	if !ok {
		return
	}
	if !schemas.ValidTenant(name) {
		p.fail(n, fmt.Sprintf("%q is no tenant", name), "use 1 to 64 of a-z, 0-9 and -")
	}
	p.m.Tenant = name
}

func (p *manifestParser) readFile(n *yaml.Node) {
	keys := p.object(n, "a file", "write `- file: NAME`", "file", "mapping")
	e, ok := keys["file"]
	if !ok {
		if n.Kind == yaml.MappingNode {
			p.fail(n, "a file has no name", "add `file: NAME`")
		}
		return
	}
	file := ManifestFile{Path: p.path(e.value)}
	mapping, mapped := keys["mapping"]
	if mapped {
		file.Mapping = p.path(mapping.value)
	}
	switch strings.ToLower(filepath.Ext(e.value.Value)) {
	case ".csv", ".tsv", ".txt":
		if !mapped {
			p.fail(n, fmt.Sprintf("%q is a table and has no mapping", e.value.Value), "add `mapping: NAME.yaml`")
		}
	case ".ndjson", ".jsonl":
		if mapped {
			p.fail(mapping.name, fmt.Sprintf("%q holds events and needs no mapping", e.value.Value), "remove mapping")
		}
	default:
		p.fail(e.value, fmt.Sprintf("%q is neither a table nor events", e.value.Value), "name a .csv file with a mapping, or an .ndjson file")
	}
	p.m.Files = append(p.m.Files, file)
}

// path checks that a name leads to a file inside the folder.
func (p *manifestParser) path(n *yaml.Node) string {
	name, ok := p.text(n, "the name")
	if !ok {
		return ""
	}
	if !filepath.IsLocal(name) {
		p.fail(n, fmt.Sprintf("%q leads out of the folder", name), "name a file inside it")
		return ""
	}
	path := filepath.Join(p.m.Dir, filepath.FromSlash(name))
	info, err := os.Stat(path)
	switch {
	case err != nil:
		p.fail(n, fmt.Sprintf("there is no file %q in the folder", name), "check the name")
	case !info.Mode().IsRegular():
		p.fail(n, fmt.Sprintf("%q is no file", name), "name a file")
	}
	return path
}
