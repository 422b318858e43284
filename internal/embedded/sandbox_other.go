//go:build !linux

package embedded

import "errors"

// sandboxVariable marks the environment of a child that is inside its sandbox.
const sandboxVariable = "TURNOUT_ENGINE_SANDBOX"

// errNoSandbox says that this system has none; the statement wall stands alone.
var errNoSandbox = errors.New("this system has no sandbox for the engine")

type sandboxSpec struct{ dir, library, executable string }

func enterSandbox(sandboxSpec) error { return errNoSandbox }
