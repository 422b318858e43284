package people

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/turnout/turnout/internal/stream"
	"github.com/turnout/turnout/internal/warehouse"
	"github.com/turnout/turnout/schemas"
)

// gathering is a record in the making.
type gathering struct {
	desk           *Desk
	house          House
	tenant, person string
	class          *class
	events         []*found
	seen           map[uint64]bool // contents, since a row may be found again
	record         Record
}

// found is an event of the log that is to be told.
type found struct {
	stored   warehouse.StoredEvent
	data     map[string]any
	words    *schemas.Type
	relation string
	fields   []string
	stands   bool
}

// take keeps an event in which the person is meant. The search finds texts: another thing may have the same id.
func (g *gathering) take(e *warehouse.StoredEvent) error {
	f := g.look(e)
	for _, field := range f.words.Fields {
		if field.Ref == "person" && g.named(f.data[field.Name]) {
			f.fields = append(f.fields, field.Name)
			if field.Name == f.words.Person && field.Required {
				f.relation = About
			}
		}
	}
	if len(f.fields) > 0 && !g.seen[e.ContentHash] {
		g.seen[e.ContentHash] = true
		g.events = append(g.events, f)
	}
	return nil
}

func (g *gathering) look(e *warehouse.StoredEvent) *found {
	f := &found{stored: *e, relation: Names, words: &schemas.Type{Name: e.Event.Type}}
	// What is in the log is an object; one that cannot be read names nobody.
	_ = json.Unmarshal(e.Event.Data, &f.data)
	if known, ok := g.desk.Registry.Type(e.Event.Type); ok {
		f.words = known
	}
	return f
}

// named tells whether the value is one of the person's ids, or a list with one.
func (g *gathering) named(value any) bool {
	switch v := value.(type) {
	case string:
		return g.class.has(v)
	case []any:
		return slices.ContainsFunc(v, g.named)
	}
	return false
}

// steps adds the events of types that name no person but only a thing that is this person's: the steps of an application.
func (g *gathering) steps(ctx context.Context) error {
	own := map[string]map[string]bool{} // by entity: ids
	var ids []string
	for _, f := range g.events {
		entity, id := ownThing(f)
		if id == "" || own[entity][id] {
			continue
		}
		if own[entity] == nil {
			own[entity] = map[string]bool{}
		}
		own[entity][id] = true
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return nil
	}
	err := g.house.FindPersons(ctx, warehouse.TableEvents, g.tenant, ids, func(e *warehouse.StoredEvent) error {
		f := g.look(e)
		f.relation = Of
		for _, field := range f.words.Fields {
			if field.Ref == "person" {
				return nil
			}
			if id, ok := f.data[field.Name].(string); ok && own[field.Ref][id] {
				f.fields = append(f.fields, field.Name)
			}
		}
		if len(f.fields) > 0 && !g.seen[e.ContentHash] {
			g.seen[e.ContentHash] = true
			g.events = append(g.events, f)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("tell what is held of a person: %w", err)
	}
	return nil
}

// ownThing is what an event about the person brings into the world: a thing whose id alone is the event's key.
func ownThing(f *found) (entity, id string) {
	if f.relation != About || len(f.words.Key) != 1 {
		return "", ""
	}
	field, _ := f.words.Field(f.words.Key[0])
	id, _ = f.data[field.Name].(string)
	if field.Ref == "" || field.Ref == "person" {
		return "", ""
	}
	return field.Ref, id
}

func (g *gathering) standing(ctx context.Context) error {
	var keys []*big.Int
	for _, f := range g.events {
		keys = append(keys, f.stored.KeyHash)
	}
	standing, err := g.house.Standing(ctx, g.tenant, keys)
	if err != nil {
		return fmt.Errorf("tell what is held of a person: %w", err)
	}
	for _, f := range g.events {
		content, told := standing[f.stored.KeyHash.String()]
		f.stands = told && content == f.stored.ContentHash
	}
	return nil
}

// lettersAtOnce is how many dead letters are read at a time.
const lettersAtOnce = 500

// letters finds the dead letters of the community with one of the ids in them, written as JSON writes a text.
func (g *gathering) letters(ctx context.Context) error {
	var quoted [][]byte
	for _, id := range g.class.ids {
		quoted = append(quoted, schemas.QuoteJSON(id))
	}
	for after := uint64(0); ; {
		list, err := g.desk.Letters.List(ctx, g.tenant, lettersAtOnce, after)
		if err != nil {
			return fmt.Errorf("tell what is held of a person: %w", err)
		}
		for i := range list {
			l := &list[i]
			after = l.Cursor
			if slices.ContainsFunc(quoted, func(id []byte) bool { return bytes.Contains(l.Body, id) }) {
				g.record.Letters = append(g.record.Letters, letterOf(l))
			}
		}
		if len(list) < lettersAtOnce {
			return nil
		}
	}
}

func letterOf(l *stream.DeadLetter) Letter {
	return Letter{
		ID: l.ID, Time: l.Time, Type: l.Type, Source: l.Source, Code: l.Code, Reason: l.Reason, Body: strings.ToValidUTF8(string(l.Body), "\ufffd"),
	}
}

// requests finds what became of requests to forget the person.
func (g *gathering) requests(ctx context.Context) error {
	hashes := map[string]bool{}
	for _, id := range g.class.ids {
		hashes[g.desk.Requests.Hash(g.tenant, id)] = true
		g.record.Erased = g.record.Erased || g.desk.Requests.Holds(g.tenant, id)
	}
	all, err := g.desk.Requests.Requests(ctx, g.tenant)
	if err != nil {
		return fmt.Errorf("tell what is held of a person: %w", err)
	}
	for _, request := range all {
		if hashes[request.Hash] {
			g.record.Erasures = append(g.record.Erasures, request)
		}
	}
	return nil
}
