package importer

import (
	"bytes"
	"io"
	"testing"
)

// TestMemoryIsBounded feeds a file far larger than what may be held and looks
// at the reader's buffers.
func TestMemoryIsBounded(t *testing.T) {
	line := good("1")
	endless := io.LimitReader(&repeater{text: []byte(line)}, 64<<20)
	src := newSource(io.MultiReader(bytes.NewReader([]byte("\"never closed,")), endless))
	r := newRecordReader(src)
	records, problems := 0, 0
	for {
		got, _ := r.read()
		if got == gotEnd {
			break
		}
		if got == gotProblem {
			problems++
			continue
		}
		records++
	}
	if len(src.buf) > 4*MaxRecord || cap(r.rec.text) > 2*MaxRecord {
		t.Errorf("the reader holds %d and %d bytes", len(src.buf), cap(r.rec.text))
	}
	if problems != 1 || records != 64<<20/len(line) {
		t.Errorf("%d records, %d problems", records, problems)
	}
}

// repeater is a text over and over.
type repeater struct {
	text []byte
	at   int
}

func (r *repeater) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		c := copy(p[n:], r.text[r.at:])
		n += c
		r.at = (r.at + c) % len(r.text)
	}
	return n, nil
}
