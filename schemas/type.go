package schemas

import (
	"encoding/json"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Modes of engagement of the CASE Alumni Engagement Metrics. The empty mode is an event that is no engagement.
const (
	ModeNone          = ""
	ModeVolunteer     = "volunteer"
	ModeExperiential  = "experiential"
	ModePhilanthropic = "philanthropic"
	ModeCommunication = "communication"
)

// Type is one event type: what its schema file says, in the terms the pipeline needs. It does not change after loading.
type Type struct {
	Name               string // attendance.recorded.v1
	Base               string // attendance.recorded: facts of all versions share it, and their keys
	Version            int
	Title, Description string

	Key               []string // data fields that make the business key, in order
	Person, Gathering string   // data fields that hold them; "" when the type has none
	BusinessTime      string   // data field that says when it counts; "" is the event's time
	Fields            []Field  // all data fields, in the order of the file
	Promoted          []Field  // those that are columns of the warehouse's tables
	Personal          []string // data fields that hold a person's id: erasure looks there
	Mode              ModeRule
	Order             [][2]string // pairs of fields of which the first is never after (or more than) the second

	Source          json.RawMessage // the schema file
	Examples        []json.RawMessage
	CounterExamples []CounterExample

	full, void *jsonschema.Schema // void asks for the key fields only
	quick      *quickType         // nil when the schema uses more than the quick check understands
	position   map[string]int     // place of a field in Fields
	sorted     []int              // places in Fields by name, the order of canonical data
	typeHash   [4]byte            // what all key hashes of the type begin with
	places     places
	promoted   []int // place of each Promoted field in the registry's PromotedColumns
}

// CounterExample is data that the type refuses, and where.
type CounterExample struct {
	Data    json.RawMessage `json:"data"`
	Pointer string          `json:"pointer"` // of the expected violation, for example /data/role
	Why     string          `json:"why"`
}

// Field is one member of a type's data.
type Field struct {
	Name        string
	JSONType    string // string, integer, number, boolean or array
	Format      string // date, date-time or ""
	Description string
	Enum        []string
	Required    bool
	Nullable    bool   // null is a value that the schema allows
	ClickHouse  string // column type; texts are not Nullable there: an absent one is ''
	Promoted    bool
	Ref         string // the entity that the field is an id of (person, gathering, …); "" when none
}

// Field finds a data field by name.
func (t *Type) Field(name string) (Field, bool) {
	i, ok := t.position[name]
	if !ok {
		return Field{}, false
	}
	return t.Fields[i], true
}

func (f Field) isText() bool {
	return f.ClickHouse == "String" || f.ClickHouse == "LowCardinality(String)"
}

// ModeRule says which mode of engagement an event counts in. An event whose type has a person field counts only when it names one.
type ModeRule struct {
	Field   string            // the field that decides; "" is none
	Values  map[string]string // mode by the field's value
	Default string            // mode otherwise
	When    map[string]string // fields that must have these values (JSON literals or bare strings); otherwise there is no mode
}

// Record is what the warehouse stores of an event beside its envelope and data.
type Record struct {
	Key               string   // the key fields' values as canonical JSON array
	KeyHash, Version  [16]byte // big endian UInt128
	ContentHash       uint64
	Person, Gathering string
	Mode              string
	At                time.Time // business time; the event's time when the type has none or the field is absent
	Promoted          []any     // in PromotedColumns order; nil is absent. Go types: string, int64, bool, time.Time, []string, and string for decimals
}
