package erasures

import (
	"crypto/hmac"
	"encoding/hex"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"time"

	"github.com/turnout/turnout/internal/stream"
)

// HeaderStandsFor is carried by a message that an erasure wrote in place of another: it says whose positions its events have. Whoever
// stores the message stores its events under those, as if the first message had come again: counts of what was received, and the ids of
// dead letters, stay what they were. It is signed, so that no publisher can take another's positions.
const HeaderStandsFor = "Turnout-Stands-For"

// StandsFor is where the events of a rewritten message stood first.
type StandsFor struct {
	Seq      uint64    // of the first message
	Received time.Time // when the stream stored it
	Indexes  []int     // in it, of each event
}

// Sign writes the header for a message with this body.
func (s *Snapshot) Sign(p StandsFor, body []byte) string {
	text := fmt.Sprintf("%d %d %s", p.Seq, p.Received.UnixMilli(), formatIndexes(p.Indexes))
	return text + " " + hex.EncodeToString(s.seal(text, body))
}

// Read reads the header of a message; false when it is not one that Sign wrote for this body.
func (s *Snapshot) Read(header string, body []byte) (StandsFor, bool) {
	cut := strings.LastIndexByte(header, ' ')
	if s == nil || s.macs == nil || cut < 0 {
		return StandsFor{}, false
	}
	seal, err := hex.DecodeString(header[cut+1:])
	if err != nil || !hmac.Equal(seal, s.seal(header[:cut], body)) {
		return StandsFor{}, false
	}
	words := strings.Split(header[:cut], " ")
	const wanted = 3
	if len(words) != wanted {
		return StandsFor{}, false
	}
	seq, seqErr := strconv.ParseUint(words[0], 10, 64)
	millis, timeErr := strconv.ParseInt(words[1], 10, 64)
	indexes, ok := parseIndexes(words[2])
	if seqErr != nil || timeErr != nil || !ok {
		return StandsFor{}, false
	}
	return StandsFor{Seq: seq, Received: time.UnixMilli(millis).UTC(), Indexes: indexes}, true
}

func (s *Snapshot) seal(text string, body []byte) []byte {
	mac, _ := s.macs.Get().(hash.Hash)
	defer s.macs.Put(mac)
	mac.Reset()
	mac.Write([]byte("stands for\x00" + text + "\x00"))
	mac.Write(body)
	return mac.Sum(nil)[:hashBytes]
}

// formatIndexes writes growing numbers as ranges: 0-4,6,8-999.
func formatIndexes(indexes []int) string {
	var text strings.Builder
	for i := 0; i < len(indexes); {
		j := i
		for j+1 < len(indexes) && indexes[j+1] == indexes[j]+1 {
			j++
		}
		if text.Len() > 0 {
			text.WriteByte(',')
		}
		text.WriteString(strconv.Itoa(indexes[i]))
		if j > i {
			text.WriteString("-" + strconv.Itoa(indexes[j]))
		}
		i = j + 1
	}
	return text.String()
}

func parseIndexes(text string) ([]int, bool) {
	var indexes []int
	for part := range strings.SplitSeq(text, ",") {
		low, high, isRange := strings.Cut(part, "-")
		first, err := strconv.Atoi(low)
		last := first
		if err == nil && isRange {
			last, err = strconv.Atoi(high)
		}
		if err != nil || first < 0 || last < first || last >= stream.PositionsPerMessage {
			return nil, false
		}
		for i := first; i <= last; i++ {
			indexes = append(indexes, i)
		}
	}
	return indexes, true
}
