package export

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash"
	"math"
	"time"
)

// Fingerprint is a text that is the same for tables that say the same, whenever they were asked for: the moment is not in
// it. salt is what else makes an answer another one.
func (t *Table) Fingerprint(salt ...any) (string, error) {
	head, err := json.Marshal([]any{salt, t.Name, t.Part, t.Title, t.Definition, t.Language, t.Columns, t.Location.String(), t.Settings, t.Tenant, t.Total})
	if err != nil {
		return "", fmt.Errorf("take a fingerprint: %w", err)
	}
	sum := sha256.New()
	text(sum, string(head))
	for n, row := range t.Rows {
		for i, value := range row {
			number(sum, 0, 0)
			if hidden, found := t.Hidden[Place{n, i}]; found {
				text(sum, hidden)
			}
			add(sum, value)
		}
	}
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:18]), nil // 144 bits never meet by chance
}

// add takes a value in, with its kind, so that no two different rows look alike.
func add(sum hash.Hash, value any) {
	switch v := value.(type) {
	case nil:
		number(sum, 1, 0)
	case string:
		text(sum, v)
	case int64:
		number(sum, 2, uint64(v)) // bits only
	case float64:
		number(sum, 3, math.Float64bits(v))
	case bool:
		var bit uint64
		if v {
			bit = 1
		}
		number(sum, 4, bit)
	case time.Time:
		number(sum, 5, uint64(v.Unix()))       // bits only
		number(sum, 5, uint64(v.Nanosecond())) // likewise
	default:
		text(sum, fmt.Sprint(v))
	}
}

func number(sum hash.Hash, kind byte, bits uint64) {
	_, _ = sum.Write(binary.LittleEndian.AppendUint64([]byte{kind}, bits)) // a hash takes everything
}

func text(sum hash.Hash, s string) {
	number(sum, 6, uint64(len(s)))
	_, _ = sum.Write([]byte(s))
}
