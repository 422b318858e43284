package importer

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"time"

	"github.com/turnout/turnout/schemas"
)

// identity derives an event's id from everything it says: source, type, time,
// recorded time, revision, subject and canonical data, but not the tenant, the
// file's name or the row's place in it. So importing a file again, or a longer
// export of the same table, repeats ids instead of inventing new ones.
// The definition never changes once released: a golden test holds it.
func identity(scratch []byte, e *schemas.Event) (sum [16]byte, grown []byte) {
	b := scratch[:0]
	for _, part := range []string{"turnout row 1", e.Source, e.Type, e.Subject} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(part)))
		b = append(b, part...)
	}
	b = appendMillis(b, e.Time)
	b = appendMillis(b, e.Recorded)
	b = binary.BigEndian.AppendUint32(b, e.Revision)
	b = append(b, e.Data...)
	full := sha256.Sum256(b)
	return [16]byte(full[:16]), b
}

// appendMillis writes a time in milliseconds since 1970; absent is the smallest
// number, which no time has.
func appendMillis(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return binary.BigEndian.AppendUint64(b, 1<<63)
	}
	return binary.BigEndian.AppendUint64(b, uint64(t.UnixMilli()))
}

func identityText(sum [16]byte) string { return "row-" + hex.EncodeToString(sum[:]) }

// maxRemembered bounds the memory for finding identical rows in one file
// (about 50 MB). Beyond it a repetition is still harmless, only not counted
// here: it has the same id.
const maxRemembered = 1 << 20

// memory finds rows that say the same as an earlier one.
type memory struct {
	lines map[[16]byte]int
	limit int
	full  bool
}

func newMemory(limit int) *memory { return &memory{lines: make(map[[16]byte]int), limit: limit} }

// first returns the line of an earlier row with the same identity, 0 if none.
func (m *memory) first(sum [16]byte, line int) int {
	if earlier, ok := m.lines[sum]; ok {
		return earlier
	}
	if len(m.lines) >= m.limit {
		m.full = true
		return 0
	}
	m.lines[sum] = line
	return 0
}
