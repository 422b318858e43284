package embedded

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"text/template"
)

//go:embed engine.xml.tmpl
var engineXML string

//go:embed users.xml
var usersXML []byte

// writeEngineConfig writes the engine's two configuration files into dir and
// returns the path of the first. They hold no secrets: passwords are checked by
// the HTTP interface.
func writeEngineConfig(dir string, spec engineSpec) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make the engine's configuration folder: %w", err)
	}
	parsed, err := template.New("engine").Parse(engineXML)
	if err != nil {
		return "", fmt.Errorf("read the engine's configuration: %w", err)
	}
	users := filepath.Join(dir, "users.xml")
	var text bytes.Buffer
	if err := parsed.Execute(&text, map[string]any{"Users": users, "Memory": spec.MemoryLimit, "Scripts": filepath.Join(dir, "none")}); err != nil {
		return "", fmt.Errorf("write the engine's configuration: %w", err)
	}
	path := filepath.Join(dir, "engine.xml")
	for name, content := range map[string][]byte{path: text.Bytes(), users: usersXML} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			return "", fmt.Errorf("write the engine's configuration: %w", err)
		}
	}
	return path, nil
}
