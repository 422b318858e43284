package embedded

// EnterSandbox starts this program anew inside the engine's sandbox.
func EnterSandbox(dir, library, executable string) error {
	return enterSandbox(sandboxSpec{dir: dir, library: library, executable: executable})
}

// SandboxVariable is set inside of the sandbox.
const SandboxVariable = sandboxVariable
