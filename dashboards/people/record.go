package people

import (
	"encoding/json"
	"time"

	"github.com/turnout/turnout/internal/erasures"
)

// Record is everything that is held about one person.
type Record struct {
	Tenant string `json:"tenant"`
	// Person is the id that was asked for, Now the one under which the person counts today.
	Person     string             `json:"person"`
	Now        string             `json:"person_now"`
	AsOf       time.Time          `json:"as_of"`
	IDs        []ID               `json:"ids"`
	Types      []TypeWords        `json:"types"`
	Sources    []SourceCount      `json:"sources"`
	Events     []Event            `json:"events"`
	Attributes []Attribute        `json:"attributes"`
	Consents   Consents           `json:"consents"`
	Letters    []Letter           `json:"dead_letters"`
	Erasures   []erasures.Request `json:"erasures"`
	// Erased tells whether an id is on the list of erased persons: what comes of them is not stored.
	Erased bool `json:"erased"`
}

// ID is one of the person's ids.
type ID struct {
	ID string `json:"id"`
	// MergedInto are the ids into which it was merged; none where it was not.
	MergedInto []string `json:"merged_into"`
}

// TypeWords says in words what the events of a type are.
type TypeWords struct {
	Type        string            `json:"type"`
	Title       string            `json:"title"`
	Description string            `json:"description"`
	Fields      map[string]string `json:"fields"`
	Events      int               `json:"events"`
}

// SourceCount is a system that sent events.
type SourceCount struct {
	Source string `json:"source"`
	Events int    `json:"events"`
}

// How an event is related to the person.
const (
	About = "about" // the person is whom it is about: its schema requires one
	Names = "names" // it is about something else and names the person
	Of    = "of"    // a step of what is the person's alone
)

// Event is an event of the log.
type Event struct {
	Relation string `json:"relation"`
	// Fields are those of its data that hold one of the ids.
	Fields []string `json:"fields"`
	// Stands tells whether it is the truth today: not replaced by a later revision, and not voided.
	Stands   bool            `json:"stands"`
	Received time.Time       `json:"received"`
	Position string          `json:"position"` // in the stream: sequence-index
	Event    json.RawMessage `json:"event"`    // as a CloudEvent

	typ, source, id string
	time            time.Time
	title           string
}

// Attribute is a statement about what the person is, from a day or moment on.
type Attribute struct {
	From   string `json:"from"`
	Name   string `json:"name"`
	Value  any    `json:"value"`
	Source string `json:"source"`
	Event  string `json:"event_id"`
	Stands bool   `json:"stands"`
}

// Consents are what the person allows.
type Consents struct {
	// Now is by purpose; silence allows.
	Now     map[string]Consent `json:"now"`
	History []Statement        `json:"history"`
}

// Consent is what holds now.
type Consent struct {
	Granted bool       `json:"granted"`
	Since   *time.Time `json:"since"` // null where nothing was said
}

// Statement is one consent.changed.
type Statement struct {
	At      time.Time `json:"at"`
	Purpose string    `json:"purpose"`
	Granted bool      `json:"granted"`
	Person  string    `json:"person_id"`
	Source  string    `json:"source"`
	Event   string    `json:"event_id"`
	Stands  bool      `json:"stands"`

	version [16]byte
}

// Letter is a dead letter that has one of the ids in it.
type Letter struct {
	ID     string    `json:"id"`
	Time   time.Time `json:"time"`
	Type   string    `json:"type"`
	Source string    `json:"source"`
	Code   string    `json:"code"`
	Reason string    `json:"reason"`
	Body   string    `json:"body"`
}

// Purposes are those of consent.changed.
func Purposes() []string { return []string{"analytics", "contact", "named_lists"} }
