package people

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/turnout/turnout/internal/erasures"
	"github.com/turnout/turnout/schemas"
)

// finish orders what was gathered and says what it means.
func (g *gathering) finish() *Record {
	r := &g.record
	now := time.Now
	if g.desk.Now != nil {
		now = g.desk.Now
	}
	r.Tenant, r.Person, r.Now, r.AsOf = g.tenant, g.person, g.class.now, now().UTC().Truncate(time.Millisecond)
	for _, id := range g.class.ids {
		into := g.class.merged[id]
		if into == nil {
			into = []string{}
		}
		r.IDs = append(r.IDs, ID{ID: id, MergedInto: into})
	}
	slices.SortFunc(g.events, byTime)
	r.Types, r.Sources, r.Events, r.Attributes = []TypeWords{}, []SourceCount{}, []Event{}, []Attribute{}
	r.Consents = Consents{Now: map[string]Consent{}, History: []Statement{}}
	for _, f := range g.events {
		g.tell(f)
	}
	g.consents()
	if r.Letters == nil {
		r.Letters = []Letter{}
	}
	if r.Erasures == nil {
		r.Erasures = []erasures.Request{}
	}
	slices.SortFunc(r.Types, func(a, b TypeWords) int { return strings.Compare(a.Type, b.Type) })
	slices.SortFunc(r.Sources, func(a, b SourceCount) int { return cmp.Or(b.Events-a.Events, strings.Compare(a.Source, b.Source)) })
	slices.SortStableFunc(r.Attributes, func(a, b Attribute) int { return strings.Compare(a.From, b.From) })
	return r
}

func (g *gathering) tell(f *found) {
	r, e := &g.record, f.stored.Event
	g.countType(f.words)
	i := slices.IndexFunc(r.Sources, func(s SourceCount) bool { return s.Source == e.Source })
	if i < 0 {
		i, r.Sources = len(r.Sources), append(r.Sources, SourceCount{Source: e.Source})
	}
	r.Sources[i].Events++
	r.Events = append(r.Events, Event{
		Relation: f.relation, Fields: f.fields, Stands: f.stands, Received: f.stored.Arrival.Received,
		Position: fmt.Sprintf("%d-%d", f.stored.Arrival.Seq, f.stored.Arrival.Index), Event: e.AppendJSON(nil),
		typ: e.Type, source: e.Source, id: e.ID, time: e.Time, title: f.words.Title,
	})
	if f.relation != About || e.Voided {
		return
	}
	switch f.words.Base {
	case "member.registered", "member.updated", "member.left":
		g.attributes(f)
	case "consent.changed":
		g.statement(f)
	}
}

func (g *gathering) countType(t *schemas.Type) {
	r := &g.record
	i := slices.IndexFunc(r.Types, func(w TypeWords) bool { return w.Type == t.Name })
	if i < 0 {
		words := TypeWords{Type: t.Name, Title: t.Title, Description: t.Description, Fields: map[string]string{}}
		for _, field := range t.Fields {
			words.Fields[field.Name] = field.Description
		}
		i, r.Types = len(r.Types), append(r.Types, words)
	}
	r.Types[i].Events++
}

// attributes are the fields of a statement about a member, but for who it is and when.
func (g *gathering) attributes(f *found) {
	from, _ := f.data[f.words.BusinessTime].(string)
	for _, field := range f.words.Fields {
		value, said := f.data[field.Name]
		if !said || field.Name == f.words.BusinessTime || field.Ref == "person" {
			continue
		}
		g.record.Attributes = append(g.record.Attributes, Attribute{
			From: from, Name: field.Name, Value: value, Source: f.stored.Event.Source, Event: f.stored.Event.ID, Stands: f.stands,
		})
	}
}

func (g *gathering) statement(f *found) {
	purpose, _ := f.data["purpose"].(string)
	granted, _ := f.data["granted"].(bool)
	person, _ := f.data["person_id"].(string)
	s := Statement{Purpose: purpose, Granted: granted, Person: person, Source: f.stored.Event.Source, Event: f.stored.Event.ID, Stands: f.stands}
	// It passed its check when it was stored: it has a time, and is of a known type.
	if record, err := g.desk.Registry.Derive(f.stored.Event); err == nil {
		s.At, s.version = record.At, record.Version
	}
	g.record.Consents.History = append(g.record.Consents.History, s)
}

// consents gives for each purpose the latest statement that stands; silence allows.
func (g *gathering) consents() {
	c := &g.record.Consents
	slices.SortFunc(c.History, func(a, b Statement) int { return cmp.Or(a.At.Compare(b.At), bytes.Compare(a.version[:], b.version[:])) })
	for _, purpose := range Purposes() {
		c.Now[purpose] = Consent{Granted: true}
	}
	for i := range c.History {
		if s := &c.History[i]; s.Stands {
			c.Now[s.Purpose] = Consent{Granted: s.Granted, Since: &s.At}
		}
	}
}
