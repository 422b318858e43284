package warehouse

import (
	"encoding/binary"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/turnout/turnout/schemas"
)

// Arrival is where and when the stream stored an event.
type Arrival struct {
	Received time.Time // the stream's own time stamp, so that a redelivery writes the same row
	Seq      uint64    // sequence in the stream EVENTS
	Index    int       // index in the pack
}

// Rows are events on their way into the table events, column by column. They are filled by one goroutine and then only read.
type Rows struct {
	promoted []schemas.Field

	tenant, typ, source, id, subject, person, gathering, mode, reason, key []string

	contentHash                  []uint64
	time, at, recorded, received []int64 // Unix milliseconds
	revision                     []uint32
	voided                       []bool
	keyHash, version             [][16]byte // big endian
	seq                          []uint64
	index                        []uint16
	data                         [][]byte
	values                       []any // of the promoted columns, one slice of the column's type each

	bytes int
}

// NewRows makes room for a batch whose promoted columns are those of the registry, in its order.
func NewRows(promoted []schemas.Field) *Rows {
	r := &Rows{promoted: promoted, values: make([]any, len(promoted))}
	for i, field := range promoted {
		r.values[i] = emptyColumn(field)
	}
	return r
}

// Append adds an event with its record.
func (r *Rows) Append(e *schemas.Event, record *schemas.Record, arrival Arrival) error {
	if len(record.Promoted) != len(r.promoted) {
		return fmt.Errorf("append row: %d promoted values for %d columns", len(record.Promoted), len(r.promoted))
	}
	values := make([]any, len(r.promoted)) // taken over only when all fit, so that no column grows alone
	for i, value := range record.Promoted {
		column, err := appendValue(r.values[i], value)
		if err != nil {
			return fmt.Errorf("append row: column %s: %w", r.promoted[i].Name, err)
		}
		values[i] = column
	}
	r.values = values
	r.tenant, r.typ = append(r.tenant, e.Tenant), append(r.typ, e.Type)
	r.source, r.id = append(r.source, e.Source), append(r.id, e.ID)
	r.contentHash = append(r.contentHash, record.ContentHash)
	r.subject, r.person = append(r.subject, e.Subject), append(r.person, record.Person)
	r.gathering, r.mode = append(r.gathering, record.Gathering), append(r.mode, record.Mode)
	r.time, r.at = append(r.time, e.Time.UnixMilli()), append(r.at, record.At.UnixMilli())
	r.recorded = append(r.recorded, e.RecordedOrTime().UnixMilli())
	r.received = append(r.received, arrival.Received.UnixMilli())
	r.revision, r.voided = append(r.revision, e.Revision), append(r.voided, e.Voided)
	r.reason, r.key = append(r.reason, e.Reason), append(r.key, record.Key)
	r.keyHash, r.version = append(r.keyHash, record.KeyHash), append(r.version, record.Version)
	r.seq, r.index = append(r.seq, arrival.Seq), append(r.index, uint16(arrival.Index))
	r.data = append(r.data, e.Data)
	r.bytes += rowOverhead + len(e.Data) + len(e.ID) + len(e.Source) + len(record.Key)
	return nil
}

// rowOverhead estimates what a row weighs beside its texts.
const rowOverhead = 400

// Len is the number of rows.
func (r *Rows) Len() int { return len(r.id) }

// Bytes estimates the memory that the rows hold.
func (r *Rows) Bytes() int { return r.bytes }

// At tells which event row i is: its tenant, type, source and id.
func (r *Rows) At(i int) (tenant, typ, source, id string) {
	return r.tenant[i], r.typ[i], r.source[i], r.id[i]
}

// Mode is the mode of engagement of row i.
func (r *Rows) Mode(i int) string { return r.mode[i] }

// Position is the place of row i in the stream.
func (r *Rows) Position(i int) (seq uint64, index int) { return r.seq[i], int(r.index[i]) }

// Slice gives the rows from low up to high, sharing their memory.
func (r *Rows) Slice(low, high int) *Rows {
	part := *r
	for _, column := range []*[]string{
		&part.tenant, &part.typ, &part.source, &part.id, &part.subject, &part.person, &part.gathering, &part.mode, &part.reason, &part.key,
	} {
		*column = (*column)[low:high]
	}
	for _, column := range []*[]int64{&part.time, &part.at, &part.recorded, &part.received} {
		*column = (*column)[low:high]
	}
	part.contentHash, part.seq = r.contentHash[low:high], r.seq[low:high]
	part.revision, part.voided = r.revision[low:high], r.voided[low:high]
	part.keyHash, part.version = r.keyHash[low:high], r.version[low:high]
	part.index, part.data = r.index[low:high], r.data[low:high]
	part.values = slices.Clone(r.values)
	for i, column := range part.values {
		part.values[i] = sliceColumn(column, low, high)
	}
	if r.Len() > 0 {
		part.bytes = r.bytes / r.Len() * (high - low)
	}
	return &part
}

// columns are the values in the order of eventColumns.
func (r *Rows) columns() []any {
	return append([]any{
		r.tenant, r.typ, r.source, r.id, r.contentHash, r.subject, r.person, r.gathering, r.mode, r.time, r.at, r.recorded, r.received,
		r.revision, r.voided, r.reason, r.key, bigInts(r.keyHash), bigInts(r.version), r.seq, r.index, r.data,
	}, r.values...)
}

// bigInts gives 128-bit numbers in the form that the driver takes, in three allocations instead of two a number.
func bigInts(numbers [][16]byte) []*big.Int {
	const wordsEach, wordBytes = 2, 8
	words, ints, pointers := make([]big.Word, wordsEach*len(numbers)), make([]big.Int, len(numbers)), make([]*big.Int, len(numbers))
	for i := range numbers {
		pair := words[wordsEach*i : wordsEach*(i+1) : wordsEach*(i+1)]
		pair[0] = big.Word(binary.BigEndian.Uint64(numbers[i][wordBytes:]))
		pair[1] = big.Word(binary.BigEndian.Uint64(numbers[i][:wordBytes]))
		pointers[i] = ints[i].SetBits(pair)
	}
	return pointers
}
