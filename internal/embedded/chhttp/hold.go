package chhttp

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// heldInMemory is how much of an answer is held in memory until its end is
// known; the rest goes to a file.
const heldInMemory = 16 << 20

// hold keeps an answer back (wait_end_of_query).
type hold struct {
	dir    string
	memory bytes.Buffer
	file   *os.File
}

func (h *hold) Write(p []byte) (int, error) {
	if h.file == nil && h.memory.Len()+len(p) <= heldInMemory {
		return h.memory.Write(p)
	}
	if h.file == nil {
		file, err := os.CreateTemp(h.dir, "answer-*")
		if err != nil {
			return 0, fmt.Errorf("hold an answer back: %w", err)
		}
		// Without a name it is gone with the process, whatever happens.
		_ = os.Remove(file.Name()) //nolint:gosec // the name is CreateTemp's own
		h.file = file
	}
	n, err := h.file.Write(p)
	if err != nil {
		return n, fmt.Errorf("hold an answer back: %w", err)
	}
	return n, nil
}

// release writes all that was held to w.
func (h *hold) release(w io.Writer) error {
	if _, err := h.memory.WriteTo(w); err != nil {
		return err
	}
	if h.file == nil {
		return nil
	}
	if _, err := h.file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read a held answer: %w", err)
	}
	if _, err := io.Copy(w, h.file); err != nil {
		return fmt.Errorf("send a held answer: %w", err)
	}
	return nil
}

func (h *hold) close() {
	if h.file != nil {
		_ = h.file.Close()
	}
}
