package export

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/turnout/turnout/dashboards/reporting"
)

// columns is a group of fields in the order of the table's; parquet.Group sorts them.
type columns struct {
	parquet.Group
	fields []parquet.Field
}

// Fields implements parquet.Node.
func (c columns) Fields() []parquet.Field { return c.fields }

func (t *Table) parquetSchema() *parquet.Schema {
	group := parquet.Group{}
	for _, c := range t.Columns {
		group[c.Name] = parquet.Optional(leaf(c.Type))
	}
	byName := map[string]parquet.Field{}
	for _, f := range group.Fields() {
		byName[f.Name()] = f
	}
	ordered := columns{Group: group}
	for _, c := range t.Columns {
		ordered.fields = append(ordered.fields, byName[c.Name])
	}
	return parquet.NewSchema(t.Name, ordered)
}

// leaf is the type of a column: an instant is a moment in UTC, a day has no zone.
func leaf(typ reporting.Type) parquet.Node {
	switch typ {
	case reporting.Integer:
		return parquet.Int(64) // bits
	case reporting.Number:
		return parquet.Leaf(parquet.DoubleType)
	case reporting.Boolean:
		return parquet.Leaf(parquet.BooleanType)
	case reporting.Date:
		return parquet.Date()
	case reporting.DateTime:
		return parquet.Timestamp(parquet.Millisecond)
	case reporting.String:
	}
	return parquet.String()
}

// writeParquet writes the table with typed columns that may be null; what it is about are key-value metadata.
func (t *Table) writeParquet(w io.Writer) error {
	options := []parquet.WriterOption{t.parquetSchema(), parquet.Compression(&parquet.Snappy), parquet.CreatedBy("turnout", "", "")}
	metadata, err := t.metadata()
	if err != nil {
		return err
	}
	for _, m := range metadata {
		options = append(options, parquet.KeyValueMetadata(m.Label, m.Text))
	}
	out := parquet.NewGenericWriter[any](w, options...)
	row := make(parquet.Row, len(t.Columns))
	for n, values := range t.Rows {
		for i, c := range t.Columns {
			row[i] = t.parquetValue(Place{n, i}, values[i], c.Type).Level(0, 1, i)
			if row[i].IsNull() {
				row[i] = parquet.NullValue().Level(0, 0, i)
			}
		}
		if _, err := out.WriteRows([]parquet.Row{row}); err != nil {
			return fmt.Errorf("write Parquet: %w", err)
		}
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("write Parquet: %w", err)
	}
	return nil
}

const secondsPerDay = 24 * 60 * 60

func (t *Table) parquetValue(at Place, value any, typ reporting.Type) parquet.Value {
	if _, hidden := t.Hidden[at]; hidden {
		return parquet.NullValue()
	}
	switch v := value.(type) {
	case int64:
		if typ == reporting.Number {
			return parquet.DoubleValue(float64(v))
		}
		return parquet.Int64Value(v)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return parquet.NullValue()
		}
		return parquet.DoubleValue(v)
	case bool:
		return parquet.BooleanValue(v)
	case time.Time:
		if typ == reporting.Date {
			return parquet.Int32Value(int32(math.Floor(float64(v.Unix()) / secondsPerDay))) // days of known years
		}
		return parquet.Int64Value(v.UnixMilli())
	case string:
		return parquet.ByteArrayValue([]byte(v))
	default:
		return parquet.NullValue()
	}
}

// metadata are the file's key-value pairs: what the table is about, as text and, of its columns, as JSON.
func (t *Table) metadata() ([]Line, error) {
	type hidden struct {
		Row    int    `json:"row"`
		Column string `json:"column"`
		Text   string `json:"text"`
	}
	places := []hidden{}
	for n := range t.Rows {
		for i, c := range t.Columns {
			if text, found := t.Hidden[Place{n, i}]; found {
				places = append(places, hidden{n, c.Name, text})
			}
		}
	}
	described, err := json.Marshal(t.Columns)
	if err != nil {
		return nil, fmt.Errorf("describe the columns: %w", err)
	}
	suppressed, err := json.Marshal(places)
	if err != nil {
		return nil, fmt.Errorf("describe what is hidden: %w", err)
	}
	settings := map[string]string{}
	for _, s := range t.Settings {
		settings[s.Label] = s.Text
	}
	filters, err := json.Marshal(settings)
	if err != nil {
		return nil, fmt.Errorf("describe the filters: %w", err)
	}
	lines := []Line{
		{"turnout.report", t.Name}, {"turnout.measure", t.Part}, {"turnout.title", t.Title}, {"turnout.definition", oneLine(t.Definition)},
		{"turnout.tenant", t.Tenant}, {"turnout.filters", string(filters)}, {"turnout.timezone", t.Location.String()},
		{"turnout.as_of", t.AsOf.In(t.Location).Format(time.RFC3339)}, {"turnout.columns", string(described)}, {"turnout.suppressed", string(suppressed)},
	}
	return lines, nil
}
