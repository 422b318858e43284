package warehouse

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io/fs"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/turnout/turnout/schemas"
	ddl "github.com/turnout/turnout/schemas/warehouse"
)

// viewStatements are the typed views of the registry's types and, after them, the views of schemas/warehouse/views.
func viewStatements(registry *schemas.Registry) ([]string, error) {
	families, err := typeFamilies(registry)
	if err != nil {
		return nil, err
	}
	files, err := fs.Glob(ddl.Files, "views/*.sql")
	if err != nil {
		return nil, fmt.Errorf("list views: %w", err)
	}
	taken := map[string]bool{"events": true, "facts": true, "facts_mv": true, "receipts": true, "erased_receipts": true, "dead_letters": true, "rollup_months": true, "migrations": true}
	var analyst []string
	blanks := strings.NewReplacer("{person_in_key}", personInKey(registry), "{dated_types}", datedTypes(registry))
	for _, file := range files {
		statements, err := readStatements(file)
		if err != nil {
			return nil, err
		}
		_, name, _ := strings.Cut(strings.TrimSuffix(file, ".sql"), "_")
		taken[name] = true
		for _, statement := range statements {
			analyst = append(analyst, fillKeys(blanks.Replace(statement)))
		}
	}
	var statements []string
	for _, f := range families {
		if taken[f.view()] {
			return nil, fmt.Errorf("make the view of %s: the name %s is taken; rename the event type", f.base, f.view())
		}
		statements = append(statements, f.statement())
	}
	return append(statements, analyst...), nil
}

// datedTypes lists the types whose business time is a day without a time of day.
func datedTypes(registry *schemas.Registry) string {
	names := []string{"''"} // an empty list is no SQL
	for _, t := range registry.Types() {
		if field, found := t.Field(t.BusinessTime); found && field.Format == "date" {
			names = append(names, quoteText(t.Name))
		}
	}
	return strings.Join(names, ", ")
}

// family is an event type with all its versions: they share keys, and therefore facts and a view.
type family struct {
	base        string
	title       string
	description string
	fields      []schemas.Field
	physical    map[string]string // field name -> column of facts that holds the same
}

func (f *family) view() string { return ViewName(f.base) }

// ViewName is the name of the typed view of an event type without its version: attendance.recorded is in attendance_recorded.
func ViewName(base string) string { return strings.NewReplacer(".", "_", "-", "_").Replace(base) }

func typeFamilies(registry *schemas.Registry) ([]*family, error) {
	byBase := map[string]*family{}
	prefixes := map[uint32]string{}
	var families []*family
	types := registry.Types()
	slices.SortStableFunc(types, func(a, b *schemas.Type) int { return a.Version - b.Version })
	for _, t := range types {
		f := byBase[t.Base]
		if f == nil {
			f = &family{base: t.Base, physical: map[string]string{}}
			byBase[t.Base] = f
			families = append(families, f)
			if other, clash := prefixes[typePrefix(t.Base)]; clash {
				return nil, fmt.Errorf("make the view of %s: its hash is that of %s; rename the event type", t.Base, other)
			}
			prefixes[typePrefix(t.Base)] = t.Base
		}
		if err := f.add(t); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(families, func(a, b *family) int { return strings.Compare(a.base, b.base) })
	return families, nil
}

// add takes a version's fields in; the newest version's words stand.
func (f *family) add(t *schemas.Type) error {
	f.title, f.description = t.Title, t.Description
	for _, field := range t.Fields {
		i := slices.IndexFunc(f.fields, func(known schemas.Field) bool { return known.Name == field.Name })
		if i >= 0 && f.fields[i].ClickHouse != field.ClickHouse && (!isText(f.fields[i]) || !isText(field)) {
			return fmt.Errorf("make the view of %s: %s is %s in one version and %s in another", t.Base, field.Name, f.fields[i].ClickHouse, field.ClickHouse)
		}
		if i >= 0 {
			f.fields[i] = field
		} else {
			f.fields = append(f.fields, field)
		}
		switch {
		case field.Name == t.Person && isText(field):
			f.physical[field.Name] = "person"
		case field.Name == t.Gathering && isText(field):
			f.physical[field.Name] = "gathering"
		case field.Promoted:
			f.physical[field.Name] = field.Name
		}
	}
	return nil
}

func isText(field schemas.Field) bool {
	return field.ClickHouse == "String" || field.ClickHouse == "LowCardinality(String)"
}

// factColumn is a column that every typed view has beside the data's fields.
type factColumn struct{ name, column, kind, comment string }

func viewColumns() []factColumn {
	return []factColumn{
		{"event_id", "id", "String", "Id of the event (CloudEvents id)"},
		{"event_source", "source", "String", "System that sent it (CloudEvents source)"},
		{"event_type", "type", "String", "Event type with its version"},
		{"event_time", "time", instant, "When it happened (CloudEvents time)"},
		{"business_time", "at", instant, "The field that the schema names as business time, else event_time"},
		{"recorded", "recorded", instant, "When its source recorded it, else event_time"},
		{"received", "received", instant, "When a delivery of it was stored in the stream"},
		{"revision", "revision", "UInt32", "Revision of the fact"},
		{"version", "version", "UInt128", "Orders the revisions of a fact"},
	}
}

// statement is the CREATE of the typed view: the current truth of one event type, every data field a column. Fields that are columns of
// facts are read there, all others by one pass over data; ClickHouse leaves the pass out when none of them is asked for. It is one SELECT
// on purpose, with every column named as f's, so that no alias hides one: each level more costs every report a millisecond of planning.
func (f *family) statement() string {
	declared := []string{"    tenant LowCardinality(String) COMMENT 'Community'"}
	selected := []string{"f.tenant"}
	var parsed []string
	for _, field := range f.fields {
		declared = append(declared, "    "+quoteName(field.Name)+" "+field.ClickHouse+" COMMENT "+quoteText(comment(field)))
		if column, ok := f.physical[field.Name]; ok {
			selected = append(selected, "f."+quoteName(column))
			continue
		}
		kind := field.ClickHouse
		value := "_data." + quoteName(field.Name)
		if isInstant(field) {
			kind, value = "String", "parseDateTime64BestEffortOrNull("+value+", 3, 'UTC')"
		}
		parsed = append(parsed, quoteName(field.Name)+" "+strings.ReplaceAll(kind, "LowCardinality(String)", "String"))
		selected = append(selected, value)
	}
	for _, c := range viewColumns() {
		declared = append(declared, "    "+c.name+" "+c.kind+" COMMENT "+quoteText(c.comment))
		selected = append(selected, "f."+c.column)
	}
	with := ""
	if len(parsed) > 0 {
		with = "WITH JSONExtract(f.data, " + quoteText("Tuple("+strings.Join(parsed, ", ")+")") + ") AS _data\n"
	}
	low, high := keyRange(f.base)
	return "CREATE OR REPLACE VIEW " + f.view() + "\n(\n" + strings.Join(declared, ",\n") + "\n)\nAS " + with + "SELECT " + aliased(selected, declared) +
		"\nFROM facts AS f FINAL WHERE f.kh BETWEEN toUInt128(" + quoteText(low) + ") AND toUInt128(" + quoteText(high) +
		") AND NOT f.voided\nCOMMENT " + quoteText(f.title+". "+f.description)
}

// aliased gives every selected expression the name of its declared column.
func aliased(selected, declared []string) string {
	parts := make([]string, len(selected))
	for i, expression := range selected {
		parts[i] = expression + " AS " + strings.Fields(declared[i])[0]
	}
	return strings.Join(parts, ", ")
}

func comment(field schemas.Field) string {
	text := field.Description
	if len(field.Enum) > 0 {
		text = strings.TrimSuffix(text, ".") + " (" + strings.Join(field.Enum, ", ") + ")"
	}
	return strings.TrimSpace(text)
}

const prefixShift = 96

// typePrefix is the first 32 bits of every key hash of a type (see schemas.Record).
func typePrefix(base string) uint32 {
	sum := sha256.Sum256([]byte("type\x00" + base))
	return binary.BigEndian.Uint32(sum[:4])
}

// keyRange is the range of kh in which the facts of a type lie, as decimals.
func keyRange(base string) (low, high string) {
	prefix := new(big.Int).SetUint64(uint64(typePrefix(base)))
	first := new(big.Int).Lsh(prefix, prefixShift)
	next := new(big.Int).Lsh(prefix.Add(prefix, big.NewInt(1)), prefixShift)
	return first.String(), next.Sub(next, big.NewInt(1)).String()
}

// fillKeys puts conditions on kh in for the types that a view names: {a.b c.d} is true for facts of these types, {#a.b} is the first 32
// bits of kh of a type's facts.
func fillKeys(statement string) string {
	blank := regexp.MustCompile(`\{(#?)([a-z]+\.[a-z_]+(?: [a-z]+\.[a-z_]+)*)\}`)
	return blank.ReplaceAllStringFunc(statement, func(found string) string {
		parts := blank.FindStringSubmatch(found)
		if parts[1] != "" {
			return strconv.FormatUint(uint64(typePrefix(parts[2])), 10)
		}
		var ranges []string
		for base := range strings.FieldsSeq(parts[2]) {
			low, high := keyRange(base)
			ranges = append(ranges, "kh BETWEEN toUInt128("+quoteText(low)+") AND toUInt128("+quoteText(high)+")")
		}
		return "(" + strings.Join(ranges, " OR ") + ")"
	})
}

// personInKey is an expression over the column type: the place of the person's id in the business key, from 1; 0 when it is not in it.
func personInKey(registry *schemas.Registry) string {
	var names, places []string
	for _, t := range registry.Types() {
		if i := slices.Index(t.Key, t.Person); i >= 0 && t.Person != "" {
			names = append(names, quoteText(t.Name))
			places = append(places, strconv.Itoa(i+1))
		}
	}
	if len(names) == 0 {
		return "0"
	}
	return "transform(toString(type), [" + strings.Join(names, ", ") + "], [" + strings.Join(places, ", ") + "], 0)"
}
