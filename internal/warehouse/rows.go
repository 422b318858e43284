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
	values                       []valueColumn // of the promoted columns

	bytes int
}

// NewRows makes a batch whose promoted columns are those of the registry, in its order, with room for the expected number of rows.
func NewRows(promoted []schemas.Field, expected int) *Rows {
	r := &Rows{promoted: promoted, values: make([]valueColumn, len(promoted))}
	for i, field := range promoted {
		r.values[i] = newColumn(field)
		r.values[i].grow(expected)
	}
	for _, column := range r.texts() {
		*column = make([]string, 0, expected)
	}
	for _, column := range r.moments() {
		*column = make([]int64, 0, expected)
	}
	r.contentHash, r.seq = make([]uint64, 0, expected), make([]uint64, 0, expected)
	r.revision, r.voided = make([]uint32, 0, expected), make([]bool, 0, expected)
	r.keyHash, r.version = make([][16]byte, 0, expected), make([][16]byte, 0, expected)
	r.index, r.data = make([]uint16, 0, expected), make([][]byte, 0, expected)
	return r
}

func (r *Rows) texts() []*[]string {
	return []*[]string{&r.tenant, &r.typ, &r.source, &r.id, &r.subject, &r.person, &r.gathering, &r.mode, &r.reason, &r.key}
}

func (r *Rows) moments() []*[]int64 { return []*[]int64{&r.time, &r.at, &r.recorded, &r.received} }

// Append adds an event with its record.
func (r *Rows) Append(e *schemas.Event, record *schemas.Record, arrival Arrival) error {
	if len(record.Promoted) != len(r.promoted) {
		return fmt.Errorf("append row: %d promoted values for %d columns", len(record.Promoted), len(r.promoted))
	}
	for i, value := range record.Promoted {
		if err := r.values[i].add(value); err != nil {
			for j := range i { // so that no column grows alone
				r.values[j] = r.values[j].slice(0, r.Len())
			}
			return fmt.Errorf("append row: column %s: %w", r.promoted[i].Name, err)
		}
	}
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

// About is when the event of row i happened (Unix milliseconds) and the id of what it is about, empty where its envelope names none.
func (r *Rows) About(i int) (at int64, subject string) { return r.time[i], r.subject[i] }

// Position is the place of row i in the stream.
func (r *Rows) Position(i int) (seq uint64, index int) { return r.seq[i], int(r.index[i]) }

// ContentHash is that of row i: with what At gives, its identity.
func (r *Rows) ContentHash(i int) uint64 { return r.contentHash[i] }

// Slice gives the rows from low up to high, sharing their memory.
func (r *Rows) Slice(low, high int) *Rows {
	part := *r
	for _, column := range part.texts() {
		*column = (*column)[low:high]
	}
	for _, column := range part.moments() {
		*column = (*column)[low:high]
	}
	part.contentHash, part.seq = r.contentHash[low:high], r.seq[low:high]
	part.revision, part.voided = r.revision[low:high], r.voided[low:high]
	part.keyHash, part.version = r.keyHash[low:high], r.version[low:high]
	part.index, part.data = r.index[low:high], r.data[low:high]
	part.values = slices.Clone(r.values)
	for i, column := range part.values {
		part.values[i] = column.slice(low, high)
	}
	if r.Len() > 0 {
		part.bytes = r.bytes / r.Len() * (high - low)
	}
	return &part
}

// columns are the values in the order of eventColumns.
func (r *Rows) columns() []any {
	columns := []any{
		r.tenant, r.typ, r.source, r.id, r.contentHash, r.subject, r.person, r.gathering, r.mode, r.time, r.at, r.recorded, r.received,
		r.revision, r.voided, r.reason, r.key, bigInts(r.keyHash), bigInts(r.version), r.seq, r.index, r.data,
	}
	for _, column := range r.values {
		columns = append(columns, column.values())
	}
	return columns
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
