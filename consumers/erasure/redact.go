package erasure

import (
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/schemas"
)

// Outcome is what becomes of an event.
type Outcome int

// The outcomes.
const (
	Untouched Outcome = iota // it names nobody who goes
	Changed                  // it stays without the person, or under another id
	Dropped                  // it is about the person and goes
)

// Fate is what becomes of an id that is to go.
type Fate struct {
	Replacement string // stands where somebody must be named
	Keep        bool   // the person's own events stay, under the replacement (policy anonymise)
	Mark        string // stands for the person in the request itself, which stays
	// Doubtful: the event may be known already in another form, in which the person has a fresh id. Then it does not count in this one.
	Doubtful bool
}

// Judge tells what becomes of an id in an event; false when it stays.
type Judge func(e *schemas.Event, id string) (Fate, bool)

const (
	// requestType is the type whose events ask for an erasure. They stay, so that the request remains on record, but name nobody.
	requestType = "member.erased"
	// mergeType is the type whose events say that two ids are one person.
	mergeType = "member.merged"
	// markPrefix begins what stands for an erased person.
	markPrefix = "erased-"
)

// IsMark reports whether the id stands for somebody who was erased already.
func IsMark(id string) bool {
	hash, found := strings.CutPrefix(id, markPrefix)
	raw, err := hex.DecodeString(hash)
	return found && err == nil && len(raw) == len(erasures.Hash{})
}

// MergedWith gives the ids that a merge names beside those that were found.
func MergedWith(e *schemas.Event, found map[string]bool) []string {
	if !strings.HasPrefix(e.Type, mergeType+".v") || e.Voided {
		return nil
	}
	var data struct {
		From string `json:"from_id"`
		Into string `json:"into_id"`
	}
	if json.Unmarshal(e.Data, &data) != nil {
		return nil
	}
	return slices.DeleteFunc([]string{data.From, data.Into}, func(id string) bool { return id == "" || found[id] || IsMark(id) })
}

// IsRequest reports whether the event asks for an erasure.
func IsRequest(e *schemas.Event) bool { return strings.HasPrefix(e.Type, requestType+".v") }

// Redact takes the persons out of an event that passed its check. An event whose person the schema requires is about that person: it
// goes, unless their events are kept under another id. Any other field that refers to a person is emptied where the schema lets it be,
// and otherwise filled with the replacement. Where an event names a person in its data, their id is replaced in its envelope, too: in
// id, source, subject and reason, as a whole or between characters that are neither letters nor digits. The event itself is not changed.
func Redact(registry *schemas.Registry, e *schemas.Event, judge Judge) (Outcome, *schemas.Event) {
	t, known := registry.Type(e.Type)
	if !known {
		return Untouched, nil
	}
	data, found := judged(t, e, judge)
	if len(found) == 0 {
		return Untouched, nil
	}
	if !IsRequest(e) && isAbout(t, data, found) {
		return Dropped, nil
	}
	for _, mayRemove := range []bool{true, false} {
		changed := rewrite(t, e, data, found, mayRemove)
		if changed != nil && registry.Check(changed) == nil {
			return Changed, changed
		}
	}
	return Dropped, nil // it cannot be said without the person
}

// judged reads the data and finds the ids that go, each with its fate.
func judged(t *schemas.Type, e *schemas.Event, judge Judge) (map[string]json.RawMessage, map[string]Fate) {
	var data map[string]json.RawMessage
	found := map[string]Fate{}
	for _, field := range t.PersonFields() {
		if data == nil && json.Unmarshal(e.Data, &data) != nil {
			return nil, nil
		}
		for _, id := range ids(data[field.Name]) {
			if fate, goes := judge(e, id); goes {
				found[id] = fate
			}
		}
	}
	return data, found
}

// ids reads a field: an id or a list of ids.
func ids(raw json.RawMessage) []string {
	var id string
	if json.Unmarshal(raw, &id) == nil {
		return []string{id}
	}
	var list []string
	if json.Unmarshal(raw, &list) == nil {
		return list
	}
	return nil
}

func isAbout(t *schemas.Type, data map[string]json.RawMessage, found map[string]Fate) bool {
	if t.Base == mergeType { // it is about both
		for _, fate := range found {
			if !fate.Keep {
				return true
			}
		}
	}
	field, has := t.Field(t.Person)
	if !has || !field.Required {
		return false
	}
	for _, id := range ids(data[field.Name]) {
		if fate, goes := found[id]; goes && !fate.Keep {
			return true
		}
	}
	return false
}

// rewrite makes the event without the ids. mayRemove: optional fields are left out rather than filled.
func rewrite(t *schemas.Type, e *schemas.Event, data map[string]json.RawMessage, found map[string]Fate, mayRemove bool) *schemas.Event {
	changed := *e
	fresh := maps.Clone(data)
	for _, field := range t.PersonFields() {
		raw, there := data[field.Name]
		if !there {
			continue
		}
		if value := replace(e, field, raw, found, mayRemove); value != nil {
			fresh[field.Name] = value
		} else {
			delete(fresh, field.Name)
		}
	}
	if changed.SetData(fresh) != nil {
		return nil
	}
	for id, fate := range found {
		with := fate.Replacement
		if IsRequest(e) {
			with = fate.Mark
		}
		for _, text := range []*string{&changed.ID, &changed.Source, &changed.Subject, &changed.Reason} {
			*text = ReplaceID(*text, id, with)
		}
	}
	return &changed
}

// replace gives a field's new value; nil takes the field away.
func replace(e *schemas.Event, field schemas.Field, raw json.RawMessage, found map[string]Fate, mayRemove bool) json.RawMessage {
	var kept []string
	all := ids(raw)
	for _, id := range all {
		fate, goes := found[id]
		switch {
		case !goes:
			kept = append(kept, id)
		case IsRequest(e):
			kept = append(kept, fate.Mark)
		case fate.Keep, !mayRemove, field.Required && field.JSONType != "array":
			kept = append(kept, fate.Replacement)
		}
	}
	var value any = kept
	if field.JSONType != "array" {
		if len(all) == 0 {
			return raw // null
		}
		if len(kept) == 0 {
			return nil
		}
		value = kept[0]
	}
	encoded, err := json.Marshal(value)
	if err != nil || len(kept) == 0 && !field.Required {
		return nil
	}
	return encoded
}

// ReplaceID replaces an id where it stands in a text as a whole or between characters that are neither letters nor digits.
func ReplaceID(text, id, with string) string {
	if id == "" || !strings.Contains(text, id) {
		return text
	}
	var b strings.Builder
	for rest, before := text, rune(-1); ; {
		i := strings.Index(rest, id)
		if i < 0 {
			b.WriteString(rest)
			return b.String()
		}
		if i > 0 {
			before, _ = utf8.DecodeLastRuneInString(rest[:i])
		}
		b.WriteString(rest[:i])
		rest = rest[i+len(id):]
		after, _ := utf8.DecodeRuneInString(rest)
		if partOfWord(before) || rest != "" && partOfWord(after) {
			b.WriteString(id)
		} else {
			b.WriteString(with)
		}
		before, _ = utf8.DecodeLastRuneInString(id)
	}
}

func partOfWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// holdsID reports whether ReplaceID would find the id.
func holdsID(text, id string) bool { return ReplaceID(text, id, "") != text }
