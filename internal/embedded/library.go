package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// EngineVersion is the pinned version of the ClickHouse library; scripts/fetch-engine
// fetches it, and a test holds both together.
const EngineVersion = "26.7.3-stable.1"

// LibraryVariable names a libchdb to use instead of the fetched one.
const LibraryVariable = "TURNOUT_ENGINE_LIB"

// ErrNoLibrary says that the ClickHouse library has not been fetched.
var ErrNoLibrary = errors.New("the ClickHouse engine is not on this machine")

// FindLibrary returns the path of libchdb: $TURNOUT_ENGINE_LIB, else the one in
// the cache (${XDG_CACHE_HOME:-~/.cache}/turnout/engine/VERSION). Its error, an
// ErrNoLibrary, says what to run.
func FindLibrary() (string, error) {
	if path := os.Getenv(LibraryVariable); path != "" {
		if err := isFile(path); err != nil {
			return "", fmt.Errorf("%w: %s=%s: %w", ErrNoLibrary, LibraryVariable, path, err)
		}
		return path, nil
	}
	cache, err := cacheDir()
	if err != nil {
		return "", fmt.Errorf("%w: %w; set %s to the path of libchdb", ErrNoLibrary, err, LibraryVariable)
	}
	path := filepath.Join(cache, "turnout", "engine", EngineVersion, "libchdb.so")
	if err := isFile(path); err != nil {
		return "", fmt.Errorf("%w (%s/%s): %s is missing. Fetch it once with: make engine. "+
			"Or use a ClickHouse server: set TURNOUT_CLICKHOUSE_URL", ErrNoLibrary, runtime.GOOS, runtime.GOARCH, path)
	}
	return path, nil
}

// cacheDir is the same on every system, unlike os.UserCacheDir, so that the fetch
// script and the program agree.
func cacheDir() (string, error) {
	if dir := os.Getenv("XDG_CACHE_HOME"); dir != "" {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find the home folder: %w", err)
	}
	return filepath.Join(home, ".cache"), nil
}

func isFile(path string) error {
	info, err := os.Stat(path) //nolint:gosec // the user says where the library is
	if err != nil {
		return fmt.Errorf("look for the library: %w", err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a file", path)
	}
	return nil
}
