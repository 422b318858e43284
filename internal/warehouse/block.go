package warehouse

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/ClickHouse/ch-go/compress"
)

// A block of ClickHouse's Native format, as HTTP takes it: for every column its name, its type and its values, one behind the other. The
// driver copies every value three times on its way there, 3 us of CPU a row; this takes a fifth.

// stretch is a part of the block: text that stands before it, and the values of rows from low up to high.
type stretch struct {
	before []byte
	values func(to []byte, low, high int) []byte // nil when there are none
}

const (
	chunkBytes = 256 << 10 // of the block at once
	stepRows   = 256       // between two looks at the chunk's size
)

// block writes a batch piece by piece, so that it is never in memory as a whole. It is read once.
type block struct {
	stretches []stretch
	rows      int
	at, row   int // the stretch and row that come next
	chunk     []byte
	rest      []byte // of the chunk, not read yet
	packed    *compress.Writer
}

// newBlock prepares a block of all rows. With packed, its pieces are compressed.
func newBlock(r *Rows, packed *compress.Writer) (*block, error) {
	names := eventColumns(r.promoted)
	parts := r.parts()
	if len(names) != len(parts) {
		return nil, fmt.Errorf("write a block: %d columns for %d names", len(parts), len(names))
	}
	const head, row = 4 << 10, 1 << 10 // bytes of a small block, about
	b := &block{rows: r.Len(), packed: packed, chunk: make([]byte, 0, min(chunkBytes+chunkBytes/4, head+row*r.Len()))}
	first := binary.AppendUvarint(binary.AppendUvarint(nil, uint64(len(names))), uint64(b.rows))
	for i, part := range parts {
		if part.length != b.rows {
			return nil, fmt.Errorf("column %s has %d values for %d rows: %w", names[i].Name, part.length, b.rows, errUneven)
		}
		first = appendText(appendText(first, names[i].Name), names[i].Type)
		for _, values := range part.values {
			b.stretches = append(b.stretches, stretch{first, values})
			first = nil
		}
	}
	return b, nil
}

// next gives the next piece, valid until the next call, and io.EOF after the last.
func (b *block) next() ([]byte, error) {
	if b.at == len(b.stretches) {
		return nil, io.EOF
	}
	b.chunk = b.chunk[:0]
	for b.at < len(b.stretches) && len(b.chunk) < chunkBytes {
		s := &b.stretches[b.at]
		if b.row == 0 {
			b.chunk = append(b.chunk, s.before...)
		}
		high := min(b.row+stepRows, b.rows)
		b.chunk = s.values(b.chunk, b.row, high)
		if b.row = high; high == b.rows {
			b.at, b.row = b.at+1, 0
		}
	}
	if b.packed == nil {
		return b.chunk, nil
	}
	if err := b.packed.Compress(b.chunk); err != nil {
		return nil, fmt.Errorf("compress a block: %w", err)
	}
	return b.packed.Data, nil
}

// Read gives the block in pieces.
func (b *block) Read(p []byte) (int, error) {
	if len(b.rest) == 0 {
		var err error
		if b.rest, err = b.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// WriteTo writes the block without a copy between.
func (b *block) WriteTo(w io.Writer) (written int64, err error) {
	piece := b.rest
	for {
		n, err := w.Write(piece)
		written += int64(n)
		if err != nil {
			return written, fmt.Errorf("send a block: %w", err)
		}
		if piece, err = b.next(); err == io.EOF { //nolint:errorlint // next gives it bare
			return written, nil
		} else if err != nil {
			return written, err
		}
	}
}

// Close lets nothing more be read.
func (b *block) Close() error {
	b.at, b.rest = len(b.stretches), nil
	return nil
}

// part is one column: its values may be several stretches, as marks of absent values before the values.
type part struct {
	length int
	values []func(to []byte, low, high int) []byte
}

// parts are the columns in the order of eventColumns.
func (r *Rows) parts() []part {
	parts := []part{
		texts(r.tenant), texts(r.typ), texts(r.source), texts(r.id), numbers(r.contentHash), texts(r.subject), texts(r.person), texts(r.gathering),
		texts(r.mode), numbers(r.time), numbers(r.at), numbers(r.recorded), numbers(r.received), shortNumbers(r.revision), flags(r.voided),
		texts(r.reason), texts(r.key), longNumbers(r.keyHash), longNumbers(r.version), numbers(r.seq), indexes(r.index), texts(r.data),
	}
	for _, column := range r.values {
		parts = append(parts, column.part())
	}
	return parts
}

func appendText[T string | []byte](to []byte, text T) []byte {
	if len(text) < 1<<7 {
		return append(append(to, byte(len(text))), text...)
	}
	return append(binary.AppendUvarint(to, uint64(len(text))), text...)
}

func texts[T string | []byte](all []T) part {
	return part{len(all), []func([]byte, int, int) []byte{func(to []byte, low, high int) []byte {
		for _, text := range all[low:high] {
			to = appendText(to, text)
		}
		return to
	}}}
}

func numbers[T int64 | uint64](all []T) part {
	return part{len(all), []func([]byte, int, int) []byte{func(to []byte, low, high int) []byte {
		for _, n := range all[low:high] {
			to = binary.LittleEndian.AppendUint64(to, uint64(n))
		}
		return to
	}}}
}

func shortNumbers(all []uint32) part {
	return part{len(all), []func([]byte, int, int) []byte{func(to []byte, low, high int) []byte {
		for _, n := range all[low:high] {
			to = binary.LittleEndian.AppendUint32(to, n)
		}
		return to
	}}}
}

func indexes(all []uint16) part {
	return part{len(all), []func([]byte, int, int) []byte{func(to []byte, low, high int) []byte {
		for _, n := range all[low:high] {
			to = binary.LittleEndian.AppendUint16(to, n)
		}
		return to
	}}}
}

// longNumbers turns 128 bits, big endian, round.
func longNumbers(all [][16]byte) part {
	return part{len(all), []func([]byte, int, int) []byte{func(to []byte, low, high int) []byte {
		for i := range all[low:high] {
			n := &all[low+i]
			to = binary.LittleEndian.AppendUint64(to, binary.BigEndian.Uint64(n[8:]))
			to = binary.LittleEndian.AppendUint64(to, binary.BigEndian.Uint64(n[:8]))
		}
		return to
	}}}
}

func flags(all []bool) part {
	return part{len(all), []func([]byte, int, int) []byte{func(to []byte, low, high int) []byte {
		for _, flag := range all[low:high] {
			to = append(to, flagByte(flag))
		}
		return to
	}}}
}

func flagByte(flag bool) byte {
	if flag {
		return 1
	}
	return 0
}
