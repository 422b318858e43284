package backup

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/turnout/turnout/internal/problem"
)

const (
	// Format is the form of the folder that this program writes; it reads all up to it.
	Format = 1

	manifestFile = "manifest.json"
	keysFile     = "keys.json"
	streamsDir   = "streams"
	tablesDir    = "warehouse"
)

// Manifest says what a backup holds.
type Manifest struct {
	Format  int       `json:"format"`
	Turnout string    `json:"turnout"` // version of the program that wrote it
	Created time.Time `json:"created"` // when it began: everything accepted before is in it
	// Floor is a position of the stream EVENTS: the tables hold every event up to it. What comes after it is stored again on restore.
	Floor      uint64            `json:"floor"`
	Streams    []Stream          `json:"streams"`
	Tables     []Table           `json:"tables"`
	Migrations map[string]string `json:"migrations"` // checksum by name
	Keys       bool              `json:"keys"`       // whether the API keys' hashes are in it
	Files      []File            `json:"files"`
	// Seal is the SHA-256 of this document without the seal.
	Seal string `json:"seal"`
}

// Stream is a JetStream stream, or the stream below a bucket.
type Stream struct {
	Name     string          `json:"name"`
	File     string          `json:"file"`
	Messages uint64          `json:"messages"`
	First    uint64          `json:"first"`
	Last     uint64          `json:"last"`
	Config   json.RawMessage `json:"config"` // as the server told it
	State    json.RawMessage `json:"state"`
}

// Table is a table of the warehouse.
type Table struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
	Rows    uint64   `json:"rows"` // at least so many are in the files
	Files   []string `json:"files"`
}

// File is a file of the folder, by its path in it.
type File struct {
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Bytes is the size of all files together.
func (m *Manifest) Bytes() int64 {
	var total int64
	for _, file := range m.Files {
		total += file.Bytes
	}
	return total
}

// Stream gives the stream of a name.
func (m *Manifest) Stream(name string) (Stream, bool) {
	for _, s := range m.Streams {
		if s.Name == name {
			return s, true
		}
	}
	return Stream{}, false
}

// sealOf computes the seal of a manifest over all members but the seal, those included that this program does not know.
func sealOf(raw []byte) (string, error) {
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &members); err != nil {
		return "", fmt.Errorf("seal the manifest: %w", err)
	}
	delete(members, "seal")
	canonical, err := json.Marshal(members) // in the order of the names, without blanks
	if err != nil {
		return "", fmt.Errorf("seal the manifest: %w", err)
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:]), nil
}

// write puts the manifest into the folder, whole or not at all.
func (m *Manifest) write(dir string) error {
	raw, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode the manifest: %w", err)
	}
	if m.Seal, err = sealOf(raw); err != nil {
		return err
	}
	if raw, err = json.MarshalIndent(m, "", "  "); err != nil {
		return fmt.Errorf("encode the manifest: %w", err)
	}
	path := filepath.Join(dir, manifestFile)
	temporary := path + ".part"
	if err := writeSynced(temporary, append(raw, '\n')); err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	if err := os.Rename(temporary, path); err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	return syncDir(dir)
}

// readManifest reads the manifest of a backup and refuses what this program cannot trust or understand.
func readManifest(dir string) (*Manifest, error) {
	raw, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, noBackup(dir, err)
	}
	if err != nil {
		return nil, fmt.Errorf("read the manifest: %w", err)
	}
	var form struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(raw, &form); err != nil {
		return nil, damaged(manifestFile, "it is no JSON", err)
	}
	if form.Format > Format {
		return nil, &problem.Error{
			Code:   "newer_backup",
			Detail: fmt.Sprintf("the backup has the form %d, and this program reads forms up to %d", form.Format, Format),
			Hint:   "restore it with the version of Turnout that made it, or a newer one",
		}
	}
	var m Manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, damaged(manifestFile, "it cannot be read", err)
	}
	seal, err := sealOf(raw)
	if err != nil {
		return nil, err
	}
	if seal != m.Seal {
		return nil, damaged(manifestFile, "its seal does not fit", nil)
	}
	return &m, nil
}

func noBackup(dir string, cause error) error {
	return &problem.Error{
		Code: "no_backup", Cause: cause,
		Detail: fmt.Sprintf("%s holds no %s, so it is no backup, or one that was never finished", dir, manifestFile),
		Hint:   "give the folder that `turnout backup` made; an unfinished one can only be thrown away",
	}
}

func damaged(file, what string, cause error) error {
	return &problem.Error{
		Code: "damaged_backup", Cause: cause, Detail: fmt.Sprintf("the backup is damaged: %s: %s", file, what),
		Hint: "restore another backup; nothing of this one was used",
	}
}
