package chhttp

import (
	"fmt"
	"strings"
)

// wall refuses what the engine's own grants do not stop. Measured on libchdb
// 26.7.3: grants refuse the table functions and engines that read files, other
// servers or the network; they do NOT stop INTO OUTFILE, FROM INFILE, the scalar
// function file(), engines that take a folder, nor disk(…), because libchdb runs
// these as a client program of the machine's user would.
func (s *statement) wall(reader bool) error {
	for i := range s.tokens {
		if what := s.forbidden(i); what != "" {
			return denied("%s is not allowed: the engine reads and writes its own data only", what)
		}
	}
	if reader {
		return s.readerWall()
	}
	return nil
}

// served lists the first words of the statements that are run at all; others
// (ATTACH, DETACH, BACKUP, RESTORE, GRANT, EXECUTE AS …) are refused.
func served(verb string) bool {
	switch verb {
	case "SELECT", "WITH", "FROM", "VALUES", "INSERT", "CREATE", "ALTER", "DROP", "TRUNCATE", "RENAME", "EXCHANGE", "OPTIMIZE",
		"DELETE", "UPDATE", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "EXISTS", "CHECK", "SET", "USE", "KILL", "SYSTEM", "REPLACE", "UNDROP":
		return true
	}
	return false
}

// forbidden names the refused construct that begins at token i, or "".
func (s *statement) forbidden(i int) string {
	for _, rule := range []func(int) string{s.forbiddenFile, s.forbiddenName, s.forbiddenEngine, s.forbiddenAlter} {
		if what := rule(i); what != "" {
			return what
		}
	}
	return ""
}

// forbiddenFile: clauses that read or write a file of the machine's user.
func (s *statement) forbiddenFile(i int) string {
	tok, next := s.tokens[i], s.at(i+1)
	switch {
	case tok.is("INTO") && next.is("OUTFILE"):
		return "INTO OUTFILE"
	case tok.is("FROM") && next.is("INFILE"):
		return "FROM INFILE"
	case tok.is("FUNCTION") && s.verb == "INSERT" && (s.at(i-1).is("INTO") || s.at(i-1).is("TABLE")):
		return "INSERT INTO FUNCTION"
	}
	return ""
}

// forbiddenName: functions and settings.
func (s *statement) forbiddenName(i int) string {
	tok, next := s.tokens[i], s.at(i+1)
	if !tok.isName() {
		return ""
	}
	name := strings.ToLower(tok.word)
	switch {
	case (next.symbol('(') || s.applied(i)) && dangerousFunction(name):
		return "the function " + name
	case name == "disk" && next.symbol('('):
		return "choosing a disk"
	case (name == "disk" || name == "storage_policy" || name == "table_disk") && next.symbol('=') && s.setsTable(i):
		return "choosing a disk"
	case dangerousSetting(name):
		return "the setting " + name
	case filterSetting(name) && s.hidesFunction():
		return "a function of files or other servers in the setting " + name
	}
	return ""
}

// hidesFunction reports whether a string of the statement holds a call of a
// dangerous function; asked only when a setting makes expressions of strings.
func (s *statement) hidesFunction() bool {
	for _, tok := range s.tokens {
		if tok.kind == text && callsDangerous(tok.word) {
			return true
		}
	}
	return false
}

// forbiddenEngine: engines of tables and databases that look elsewhere.
func (s *statement) forbiddenEngine(i int) string {
	if !s.tokens[i].is("ENGINE") || !s.defines() {
		return ""
	}
	engine := s.at(i + 1)
	if engine.symbol('=') {
		engine = s.at(i + 2)
	}
	if engine.isName() && !allowedEngine(engine.word) {
		return "the engine " + engine.word
	}
	return ""
}

// forbiddenAlter: changes that copy parts to other places or from them.
func (s *statement) forbiddenAlter(i int) string {
	tok := s.tokens[i]
	if s.verb == "ALTER" && (tok.is("FREEZE") || tok.is("UNFREEZE") || tok.is("FETCH")) {
		return "ALTER … " + strings.ToUpper(tok.word)
	}
	return ""
}

func (s *statement) defines() bool {
	return s.verb == "CREATE" || s.verb == "REPLACE" || s.verb == "ALTER"
}

// applied reports whether token i is a function's name without parentheses:
// SELECT * APPLY name, SELECT * APPLY(name).
func (s *statement) applied(i int) bool {
	before := s.at(i - 1)
	return before.is("APPLY") || before.symbol('(') && s.at(i-2).is("APPLY")
}

// setsTable reports whether token i stands among a table's settings.
func (s *statement) setsTable(i int) bool {
	if !s.defines() {
		return false
	}
	for _, tok := range s.tokens[:i] {
		if tok.is("SETTINGS") || tok.is("SETTING") {
			return true
		}
		if tok.is("SELECT") {
			return false
		}
	}
	return false
}

// at returns token i, or an empty symbol outside of the statement.
func (s *statement) at(i int) token {
	if i < 0 || i >= len(s.tokens) {
		return token{kind: symbol, word: " "}
	}
	return s.tokens[i]
}

// valuesSetting lets the format Values evaluate expressions, so that rows and
// strings could call what the wall refuses. It is on only for short INSERT …
// VALUES, whose rows are looked at like the statement.
const valuesSetting = "input_format_values_interpret_expressions"

// dangerousSetting: settings that name files or servers, and the one above.
func dangerousSetting(name string) bool {
	switch name {
	case valuesSetting, "format_template_resultset", "format_template_row", "format_schema", "output_format_schema", "format_avro_schema_registry_url":
		return true
	}
	return false
}

// filterSetting: settings whose text is evaluated as an expression.
func filterSetting(name string) bool {
	return name == "additional_table_filters" || name == "additional_result_filter"
}

// callsDangerous reports whether an expression in a text calls a dangerous
// function. It looks at words only, not at quotes, since such texts hold texts;
// comments, which could stand between a name and its parenthesis, count as one.
func callsDangerous(expression string) bool {
	if strings.Contains(expression, "/*") || strings.Contains(expression, "--") || strings.Contains(expression, "//") || strings.Contains(expression, "#") {
		return true
	}
	for _, end := range openings(expression) {
		before := strings.TrimRight(expression[:end], " \t\r\n\v\f`\"'\\")
		start := len(before)
		for start > 0 && isWordPart(before[start-1]) {
			start--
		}
		if dangerousFunction(strings.ToLower(before[start:])) {
			return true
		}
	}
	return false
}

// openings lists where the opening parentheses are.
func openings(expression string) []int {
	var found []int
	for i := range len(expression) {
		if expression[i] == '(' {
			found = append(found, i)
		}
	}
	return found
}

// dangerousFunction: functions that read files or connect elsewhere. Some ask for
// a grant as well, some only after they have opened what they are to read.
func dangerousFunction(name string) bool {
	switch name {
	case "file", "catboostevaluate", "hascolumnintable", "executable", "executablepool", "filesystem", "filecluster", "sqlite", "url",
		"urlcluster", "s3", "s3cluster", "gcs", "remote", "remotesecure", "cluster", "clusterallreplicas", "mysql", "postgresql", "mongodb",
		"redis", "odbc", "jdbc", "hdfs", "hdfscluster", "azureblobstorage":
		return true
	}
	return false
}

// allowedEngine: engines that keep their data where the database does.
func allowedEngine(name string) bool {
	if strings.HasSuffix(name, "MergeTree") {
		return true
	}
	switch name {
	case "Memory", "Null", "Log", "TinyLog", "StripeLog", "Set", "Join", "Buffer", "Merge", "View", "MaterializedView", "Atomic", "GenerateRandom", "Alias":
		return true
	}
	return false
}

// readerWall limits the user reader to its database's tables and to the system
// tables that describe them: other system tables show what other users run.
func (s *statement) readerWall() error {
	for i, tok := range s.tokens {
		if !tok.isName() {
			continue
		}
		if strings.EqualFold(tok.word, "system") && s.at(i+1).symbol('.') && !readerSystemTable(s.at(i+2).word) {
			return denied("the user reader may not read system.%s", s.at(i+2).word)
		}
		if strings.EqualFold(tok.word, "merge") && s.at(i+1).symbol('(') {
			return denied("the user reader may not use the function merge")
		}
	}
	return nil
}

func readerSystemTable(name string) bool {
	switch strings.ToLower(name) {
	case "tables", "columns", "databases", "functions", "formats", "data_type_families", "settings", "one", "numbers",
		"time_zones", "keywords", "table_engines", "aggregate_function_combinators", "table_functions":
		return true
	}
	return false
}

func denied(format string, args ...any) error {
	return &chError{code: codeAccessDenied, name: "ACCESS_DENIED", message: fmt.Sprintf(format, args...)}
}
