package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// sandboxVariable marks the environment of a child that is inside its sandbox.
const sandboxVariable = "TURNOUT_ENGINE_SANDBOX"

// errNoSandbox says that this kernel has no Landlock, or none that may be used
// here; nothing is restricted then.
var errNoSandbox = errors.New("this kernel has no Landlock")

// Landlock's rights on files, by what the engine needs them for.
const (
	readRights  = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR
	fileRights  = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE
	deviceRight = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE
	// oldRights are those that Landlock had from the beginning.
	oldRights = unix.LANDLOCK_ACCESS_FS_MAKE_SYM<<1 - 1
)

// enterSandbox is the second wall behind the first (chhttp's): the engine can
// open its own folder, its program and libraries, and nothing else, and can make
// no connection. It restricts this thread and starts this program anew, since a
// restriction holds for the thread that asks for it and for what it executes. It
// returns only when there is no sandbox to be had.
func enterSandbox(spec sandboxSpec) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	version, _, errno := syscall.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return errNoSandbox
	}
	rights := uint64(oldRights)
	if version >= 2 {
		rights |= unix.LANDLOCK_ACCESS_FS_REFER
	}
	if version >= 3 {
		rights |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	attributes := unix.LandlockRulesetAttr{Handled_access_fs: rights}
	if version >= 4 {
		attributes.Handled_access_net = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
	}
	if err := restrict(&attributes, spec.paths(rights)); err != nil {
		return fmt.Errorf("%w that works: %w", errNoSandbox, err)
	}
	err := syscall.Exec(spec.executable, os.Args, append(os.Environ(), sandboxVariable+"=1")) //nolint:gosec // this program itself
	return fmt.Errorf("start %s in the sandbox: %w", spec.executable, err)
}

// restrict makes the rules and puts this thread under them, as its last step.
func restrict(attributes *unix.LandlockRulesetAttr, paths map[string]uint64) error {
	ruleset, _, errno := syscall.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(attributes)), unsafe.Sizeof(*attributes), 0) //nolint:gosec // the kernel reads the struct
	if errno != 0 {
		return fmt.Errorf("make the sandbox: %w", errno)
	}
	defer func() { _ = syscall.Close(int(ruleset)) }()
	for path, allowed := range paths {
		if err := allow(ruleset, path, allowed); err != nil {
			return err
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("enter the sandbox: %w", err)
	}
	if _, _, errno := syscall.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, ruleset, 0, 0); errno != 0 {
		return fmt.Errorf("enter the sandbox: %w", errno)
	}
	return nil
}

// sandboxSpec names what the engine may open.
type sandboxSpec struct{ dir, library, executable string }

func (s sandboxSpec) paths(all uint64) map[string]uint64 {
	paths := map[string]uint64{
		s.dir: all, s.library: fileRights, s.executable: fileRights,
		"/dev/null": deviceRight, "/dev/urandom": deviceRight, "/dev/random": deviceRight, "/dev/zero": deviceRight,
	}
	for _, folder := range []string{"/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/nix/store", "/gnu/store",
		"/proc", "/sys", "/usr/share/zoneinfo", "/etc/ld.so.cache", "/etc/localtime"} {
		paths[folder] = readRights
	}
	if folder := os.Getenv("GOCOVERDIR"); folder != "" {
		paths[folder] = all
	}
	return paths
}

// allow adds a path to the ruleset; a path that does not exist needs no rule.
func allow(ruleset uintptr, path string, rights uint64) error {
	resolved, err := filepath.EvalSymlinks(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil // not on this system
	}
	if err != nil {
		return fmt.Errorf("find %s for the sandbox: %w", path, err)
	}
	if info, err := os.Stat(resolved); err == nil && !info.IsDir() {
		rights &= fileRights | deviceRight | unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	descriptor, err := unix.Open(resolved, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open %s for the sandbox: %w", resolved, err)
	}
	defer func() { _ = unix.Close(descriptor) }()
	rule := unix.LandlockPathBeneathAttr{Allowed_access: rights, Parent_fd: int32(descriptor)}
	_, _, errno := syscall.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, ruleset, unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0) //nolint:gosec // the kernel reads the struct
	if errno != 0 {
		return fmt.Errorf("allow %s in the sandbox: %w", resolved, errno)
	}
	return nil
}
