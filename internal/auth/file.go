package auth

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// FileName is the name of the key file within a data folder.
const FileName = "keys.json"

// ErrNoSuchKey is returned when a key to revoke is not in the file.
var ErrNoSuchKey = errors.New("no such key")

// keyFile is the JSON of the key file.
type keyFile struct {
	Keys []Key `json:"keys"`
}

// Create adds a key to the file and gives its text, which is stored nowhere and
// cannot be had again. An empty tenant means all tenants.
func Create(path, tenant string, scopes []Scope) (text string, key Key, err error) {
	if tenant != "" && !ValidTenant(tenant) {
		return "", Key{}, fmt.Errorf("create key: %q is not a tenant name (1 to 64 of a-z, 0-9 and the hyphen)", tenant)
	}
	if len(scopes) == 0 {
		return "", Key{}, errors.New("create key: no scope given")
	}
	err = update(path, func(file *keyFile) error {
		for {
			text, key = mint(tenant, scopes, time.Now())
			if !slices.ContainsFunc(file.Keys, func(k Key) bool { return k.ID == key.ID }) {
				break
			}
		}
		file.Keys = append(file.Keys, key)
		return nil
	})
	if err != nil {
		return "", Key{}, fmt.Errorf("create key: %w", err)
	}
	return text, key, nil
}

// Revoke makes a key invalid for good; it stays listed. Revoking twice changes nothing.
func Revoke(path, id string) (Key, error) {
	var revoked Key
	err := update(path, func(file *keyFile) error {
		for i := range file.Keys {
			if file.Keys[i].ID != id {
				continue
			}
			if file.Keys[i].Revoked.IsZero() {
				file.Keys[i].Revoked = time.Now().UTC().Truncate(time.Second)
			}
			revoked = file.Keys[i]
			return nil
		}
		return fmt.Errorf("%w: %s", ErrNoSuchKey, id)
	})
	if err != nil {
		return Key{}, fmt.Errorf("revoke key: %w", err)
	}
	return revoked, nil
}

// List gives all keys, revoked ones included, oldest first. No file means no keys.
func List(path string) ([]Key, error) {
	file, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	return file.Keys, nil
}

// update changes the file under a lock that other programs respect too.
func update(path string, change func(*keyFile) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	unlock, err := lockedfile.MutexAt(path + ".lock").Lock()
	if err != nil {
		return fmt.Errorf("lock key file: %w", err)
	}
	defer unlock()
	file, err := readFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := change(&file); err != nil {
		return err
	}
	return replaceFile(path, file)
}

const mendHint = "restore the file, or move it away and create the keys anew"

func readFile(path string) (keyFile, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return keyFile{}, fmt.Errorf("read key file: %w", err)
	}
	var file keyFile
	if err := json.Unmarshal(raw, &file); err != nil {
		return keyFile{}, fmt.Errorf("decode key file %s: %w; %s", path, err, mendHint)
	}
	for i, key := range file.Keys {
		if err := checkKey(key); err != nil {
			return keyFile{}, fmt.Errorf("decode key file %s: key %d: %w; %s", path, i+1, err, mendHint)
		}
	}
	return file, nil
}

// checkKey refuses what this package would never have written, above all an unknown
// scope or a tenant that would turn into a wildcard in a subject.
func checkKey(key Key) error {
	sum, err := hex.DecodeString(key.Hash)
	switch {
	case key.ID == "":
		return errors.New("the id is missing")
	case err != nil || len(sum) != 32:
		return errors.New("the hash is not 64 hexadecimal digits")
	case key.Tenant != "" && !ValidTenant(key.Tenant):
		return fmt.Errorf("%q is not a tenant name", key.Tenant)
	}
	for _, scope := range key.Scopes {
		if !slices.Contains(Scopes(), scope) {
			return fmt.Errorf("%q is not a scope", scope)
		}
	}
	return nil
}

// replaceFile writes beside the file and renames, so that a reader sees the old or the new one.
func replaceFile(path string, file keyFile) error {
	raw, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return fmt.Errorf("encode key file: %w", err)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), FileName+".*") // 0600 by definition
	if err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(append(raw, '\n'))
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return fmt.Errorf("replace key file: %w", err)
	}
	return nil
}
