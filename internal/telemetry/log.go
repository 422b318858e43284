package telemetry

import (
	"fmt"
	"io"
	"log/slog"
	"os"

	"golang.org/x/term"
)

// LogConfig says how much is logged and how.
type LogConfig struct {
	Level  string // debug, info, warn or error
	Format string // auto, text or json; auto is text on a terminal, else JSON
}

// NewLogger gives a logger that writes to w.
func NewLogger(w io.Writer, cfg LogConfig) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.Level)); err != nil {
		return nil, fmt.Errorf("log level %q is none of debug, info, warn and error", cfg.Level)
	}
	options := &slog.HandlerOptions{Level: level}
	switch {
	case cfg.Format == "text", cfg.Format == "auto" && isTerminal(w):
		return slog.New(slog.NewTextHandler(w, options)), nil
	case cfg.Format == "json", cfg.Format == "auto":
		return slog.New(slog.NewJSONHandler(w, options)), nil
	default:
		return nil, fmt.Errorf("log format %q is none of auto, text and json", cfg.Format)
	}
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
