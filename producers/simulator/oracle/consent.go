package oracle

import (
	"bytes"
	"time"
)

// Withheld stands in lists for the id of a person who does not allow to be named there.
const Withheld = "(withheld)"

// refusing are the persons who do not allow a purpose: the latest statement counts, of those at one moment the one with the higher
// version, and what merged persons say is said by one. Silence allows.
func (w *world) refusing(purpose string) set {
	type statement struct {
		at      time.Time
		version [16]byte
		granted bool
	}
	latest := map[string]statement{}
	for _, s := range w.facts["consent.changed"] {
		if s.Purpose != purpose {
			continue
		}
		person, now := w.resolve(s.PersonID), statement{*s.At, s.version, s.Granted}
		before, spoke := latest[person]
		if !spoke || now.at.After(before.at) || now.at.Equal(before.at) && bytes.Compare(now.version[:], before.version[:]) > 0 {
			latest[person] = now
		}
	}
	refused := set{}
	for person, s := range latest {
		if !s.granted {
			refused.add(person)
		}
	}
	return refused
}

// withhold takes the ids out of who is not to be named.
func (w *world) withhold(rows []Row) {
	for _, row := range rows {
		if id, ok := row["person_id"].(string); ok && w.unnamed[id] {
			row["person_id"] = Withheld
		}
	}
}
