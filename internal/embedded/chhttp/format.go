package chhttp

import "strings"

// outFormat is the answer's format when the statement names none.
func (req *request) outFormat() string {
	if req.format != "" {
		return req.format
	}
	return "TabSeparated"
}

// format of the answer, by the statement or the request.
func (req *request) answerFormat() string {
	if req.stmt.mode != runInsert && req.stmt.format != "" {
		return req.stmt.format
	}
	return req.outFormat()
}

// streams reports whether the answer can be sent piece by piece: libchdb writes
// each piece as a document of its own (measured on 26.7.3), so this needs a format
// whose documents may be put one behind the other, names taken off (header). JSON,
// XML, Parquet, Arrow and the pretty ones are answered as a whole, in bounded memory
// (Config.WholeLimit; max_result_bytes was seen not to hold here).
func (req *request) streams() bool {
	switch strings.ToLower(req.answerFormat()) {
	case "tabseparated", "tsv", "tabseparatedraw", "tsvraw", "raw", "csv", "jsonstringseachrow", "jsoncompacteachrow",
		"jsoncompactstringseachrow", "native", "rowbinary", "msgpack", "bsoneachrow", "lineasstring", "rawblob", "null":
		return true
	case "jsoneachrow", "jsonlines", "ndjson":
		return !req.mentions("output_format_json_array_of_rows")
	}
	// With totals or extremes the names come at other places, too.
	return newHeader(req.answerFormat()) != nil && !req.mentions("extremes") && !req.mentions("totals")
}

// sets reports whether the client gives a setting in the URL.
func (req *request) sets(name string) bool {
	for _, setting := range req.settings {
		if setting.Name == name {
			return true
		}
	}
	return false
}

// mentions reports whether a setting is given in the URL or in the statement.
func (req *request) mentions(name string) bool {
	if req.sets(name) {
		return true
	}
	for _, tok := range req.stmt.tokens {
		if tok.is(name) {
			return true
		}
	}
	return false
}

// contentType follows the server's own table.
func contentType(format string) string {
	lower := strings.ToLower(format)
	for _, kind := range []struct {
		begins, contains, is string
	}{
		{"jsoneachrow", "", "application/x-ndjson"}, {"jsoncompacteachrow", "", "application/x-ndjson"}, {"jsonlines", "", "application/x-ndjson"},
		{"ndjson", "", "application/x-ndjson"}, {"json", "", "application/json"},
		{"csv", "withnames", "text/csv; header=present"}, {"csv", "", "text/csv; header=absent"},
		{"tabseparated", "", "text/tab-separated-values"}, {"tsv", "", "text/tab-separated-values"}, {"xml", "", "application/xml"},
		{"native", "", octets}, {"rowbinary", "", octets}, {"parquet", "", octets}, {"arrow", "", octets}, {"orc", "", octets},
		{"avro", "", octets}, {"msgpack", "", octets}, {"bsoneachrow", "", octets}, {"rawblob", "", octets},
	} {
		if strings.HasPrefix(lower, kind.begins) && strings.Contains(lower, kind.contains) {
			if kind.is == octets {
				return octets
			}
			name, parameter, _ := strings.Cut(kind.is, "; ")
			if parameter != "" {
				parameter = "; " + parameter
			}
			return name + "; charset=UTF-8" + parameter
		}
	}
	return "text/plain; charset=UTF-8"
}

const octets = "application/octet-stream"
