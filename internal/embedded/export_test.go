package embedded

import "github.com/nats-io/nats-server/v2/server"

// EnterSandbox starts this program anew inside the engine's sandbox.
func EnterSandbox(dir, library, executable string) error {
	return enterSandbox(sandboxSpec{dir: dir, library: library, executable: executable})
}

// SandboxVariable is set inside of the sandbox.
const SandboxVariable = sandboxVariable

// Options are what the NATS server is started with.
func (cfg NATSConfig) Options() (*server.Options, error) { return cfg.options() }
