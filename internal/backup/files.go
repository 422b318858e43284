package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/turnout/turnout/internal/problem"
)

const (
	folderMode = 0o700
	fileMode   = 0o600
)

// Progress tells how far a step has come; a total of 0 is unknown.
type Progress func(step string, done, total uint64)

// folder is a backup that is being written.
type folder struct {
	path  string
	files []File
}

// makeFolder takes an empty or missing folder for a backup.
func makeFolder(path string) (*folder, error) {
	entries, err := os.ReadDir(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("look into %s: %w", path, err)
	}
	if len(entries) > 0 {
		return nil, &problem.Error{
			Code: "folder_not_empty", Detail: fmt.Sprintf("%s is not empty; a backup gets a folder of its own", path),
			Hint: "name a folder that does not exist yet",
		}
	}
	for _, sub := range []string{"", streamsDir, tablesDir} {
		if err := os.MkdirAll(filepath.Join(path, sub), folderMode); err != nil {
			return nil, fmt.Errorf("make the backup's folder: %w", err)
		}
	}
	return &folder{path: path}, nil
}

// remove takes away what was written of a backup that failed.
func (f *folder) remove() error {
	var failures []error
	for _, name := range []string{manifestFile, manifestFile + ".part", keysFile, streamsDir, tablesDir} {
		failures = append(failures, os.RemoveAll(filepath.Join(f.path, name)))
	}
	return errors.Join(failures...)
}

// write makes a file of what fill writes, and notes its checksum.
func (f *folder) write(name string, fill func(io.Writer) error) (err error) {
	path := filepath.Join(f.path, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), folderMode); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	defer func() {
		if closing := file.Close(); err == nil && closing != nil {
			err = fmt.Errorf("write %s: %w", name, closing)
		}
	}()
	sum := &summed{to: file, hash: sha256.New()}
	if err := fill(sum); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := file.Sync(); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	f.files = append(f.files, File{Path: name, Bytes: sum.bytes, SHA256: hex.EncodeToString(sum.hash.Sum(nil))})
	return nil
}

// sync makes the names of all files last.
func (f *folder) sync() error {
	err := filepath.WalkDir(f.path, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		return syncDir(path)
	})
	if err != nil {
		return fmt.Errorf("sync the backup: %w", err)
	}
	return syncDir(filepath.Dir(f.path))
}

// summed counts and hashes what passes.
type summed struct {
	to    io.Writer
	hash  hash.Hash
	bytes int64
}

func (s *summed) Write(p []byte) (int, error) {
	n, err := s.to.Write(p)
	s.hash.Write(p[:n]) // never fails
	s.bytes += int64(n)
	return n, err
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("sync %s: %w", path, err)
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil {
		return fmt.Errorf("sync %s: %w", path, err)
	}
	return nil
}

func writeSynced(path string, content []byte) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, fileMode)
	if err != nil {
		return err //nolint:wrapcheck // the caller names the file
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Sync(), file.Close())
}

// Verify reads every file of the backup in dir and holds it against the manifest. It changes nothing.
func Verify(ctx context.Context, dir string, progress Progress) (*Manifest, error) {
	m, err := readManifest(dir)
	if err != nil {
		return nil, err
	}
	total, done := uint64(m.Bytes()), uint64(0)
	known := map[string]bool{manifestFile: true}
	for _, file := range m.Files {
		if !filepath.IsLocal(filepath.FromSlash(file.Path)) {
			return nil, damaged(manifestFile, "it names a file outside of the folder", nil)
		}
		known[file.Path] = true
		err := verifyFile(ctx, dir, file, func(n int) {
			done += uint64(n)
			progress("checking", done, total)
		})
		if err != nil {
			return nil, err
		}
	}
	if err := m.complete(known); err != nil {
		return nil, err
	}
	return m, nil
}

// complete refuses a manifest whose parts name files that are not listed.
func (m *Manifest) complete(known map[string]bool) error {
	var names []string
	for _, s := range m.Streams {
		names = append(names, s.File)
	}
	for _, t := range m.Tables {
		names = append(names, t.Files...)
	}
	if m.Keys {
		names = append(names, keysFile)
	}
	for _, name := range names {
		if !known[name] {
			return damaged(manifestFile, "it lists no file "+name, nil)
		}
	}
	return nil
}

func verifyFile(ctx context.Context, dir string, want File, passed func(int)) error {
	file, err := os.Open(filepath.Join(dir, filepath.FromSlash(want.Path)))
	if errors.Is(err, fs.ErrNotExist) {
		return damaged(want.Path, "it is missing", err)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", want.Path, err)
	}
	defer file.Close()
	sum := sha256.New()
	buffer := make([]byte, 1<<20)
	var size int64
	for {
		if ctx.Err() != nil {
			return fmt.Errorf("check %s: %w", want.Path, context.Cause(ctx))
		}
		n, err := file.Read(buffer)
		sum.Write(buffer[:n]) // never fails
		size += int64(n)
		passed(n)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", want.Path, err)
		}
	}
	switch {
	case size < want.Bytes:
		return damaged(want.Path, fmt.Sprintf("it was cut: %d of %d bytes are there", size, want.Bytes), nil)
	case size > want.Bytes:
		return damaged(want.Path, fmt.Sprintf("it has %d bytes instead of %d", size, want.Bytes), nil)
	case !strings.EqualFold(hex.EncodeToString(sum.Sum(nil)), want.SHA256):
		return damaged(want.Path, "its SHA-256 is not that of the manifest", nil)
	}
	return nil
}
