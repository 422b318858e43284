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
// whose documents may be put one behind the other. JSON, XML, Parquet, Arrow, the
// formats with names and the pretty ones are answered as a whole, in bounded memory
// (Config.WholeLimit; max_result_bytes was seen not to hold here).
func (req *request) streams() bool {
	switch strings.ToLower(req.answerFormat()) {
	case "tabseparated", "tsv", "tabseparatedraw", "tsvraw", "raw", "csv", "jsonstringseachrow", "jsoncompacteachrow",
		"jsoncompactstringseachrow", "native", "rowbinary", "msgpack", "bsoneachrow", "lineasstring", "rawblob", "null":
		return true
	case "jsoneachrow", "jsonlines", "ndjson":
		return !req.mentions("output_format_json_array_of_rows")
	}
	return false
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

func contentType(format string) string {
	lower := strings.ToLower(format)
	switch {
	case lower == "jsoneachrow" || lower == "jsoncompacteachrow" || lower == "ndjson" || lower == "jsonlines":
		return "application/x-ndjson; charset=UTF-8"
	case strings.HasPrefix(lower, "json"):
		return "application/json; charset=UTF-8"
	case strings.HasPrefix(lower, "csv") && strings.Contains(lower, "withnames"):
		return "text/csv; charset=UTF-8; header=present"
	case strings.HasPrefix(lower, "csv"):
		return "text/csv; charset=UTF-8; header=absent"
	case strings.HasPrefix(lower, "tabseparated") || strings.HasPrefix(lower, "tsv"):
		return "text/tab-separated-values; charset=UTF-8"
	case lower == "xml":
		return "application/xml; charset=UTF-8"
	case lower == "native" || strings.HasPrefix(lower, "rowbinary") || lower == "parquet" || strings.HasPrefix(lower, "arrow") ||
		lower == "orc" || lower == "avro" || lower == "msgpack" || lower == "bsoneachrow" || lower == "rawblob":
		return "application/octet-stream"
	}
	return "text/plain; charset=UTF-8"
}
