package embedded_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/turnout/turnout/internal/embedded/embeddedtest"
)

// attempt is a statement that must be refused for every client. In it SECRET is
// a readable file, OUT a file that could be written, HOST a listening address.
type attempt struct{ name, sql string }

func attempts() []attempt {
	return []attempt{
		{"table function file", "SELECT * FROM file('SECRET', 'LineAsString')"},
		{"function file", "SELECT file('SECRET')"},
		{"function file in back quotes", "SELECT `file`('SECRET')"},
		{"function file in quotes", `SELECT "file"('SECRET')`},
		{"function file with an escape", "SELECT `f\\x69le`('SECRET')"},
		{"function file and a comment", "SELECT file/* */('SECRET')"},
		{"function file and nested comments", "SELECT 1 /* /* */ , 2 */, file('SECRET')"},
		{"function file after a line comment", "SELECT 1 // '\n, file('SECRET') -- '"},
		{"function file after a hash comment", "SELECT 1 # '\n, file('SECRET') -- '"},
		{"function file after a hash-bang comment", "SELECT 1 #! '\n, file('SECRET') -- '"},
		{"function file behind a heredoc", "SELECT $a$'$a$, file('SECRET') -- '"},
		{"function file behind a backslash", `SELECT 'a\'', file('SECRET') -- '`},
		{"function file behind a doubled quote", "SELECT 'a''', file('SECRET') -- '"},
		{"function file behind typographic quotes", "SELECT ‘a'’, file('SECRET') -- '"},
		{"function file in typographic quotes", "SELECT “file”('SECRET')"},
		{"function file behind a zero", "SELECT 1\x00, file('SECRET')"},
		{"function file in a view", "CREATE VIEW v AS SELECT file('SECRET')"},
		{"function file in a default", "CREATE TABLE bad (a String DEFAULT file('SECRET')) ENGINE = Memory"},
		{"function file in an insert", "INSERT INTO t SELECT 1, file('SECRET')"},
		{"function file in rows", "INSERT INTO t VALUES (1, file('SECRET'))"},
		{"function file in explain", "EXPLAIN SYNTAX SELECT file('SECRET') FROM numbers(1)"},
		{"function file in apply", "SELECT x APPLY(x -> file(x)) FROM (SELECT 'SECRET' AS x)"},
		{"function file in columns apply", "SELECT COLUMNS('x') APPLY(file) FROM (SELECT 'SECRET' AS x)"},
		{"function file in star apply", "SELECT * APPLY file FROM (SELECT 'SECRET' AS x)"},
		{"function file in arrayMap", "SELECT arrayMap(x -> file(x), ['SECRET'])"},
		{"describe file", "DESCRIBE file('SECRET')"},
		{"filesystem", "SELECT * FROM filesystem('/')"},
		{"database of files", "SELECT * FROM default.`SECRET`"},
		{"database of all files", "CREATE DATABASE turnout_fs ENGINE = Filesystem('/')"},
		{"into outfile", "SELECT 1 INTO OUTFILE 'OUT'"},
		{"into outfile with a comment", "SELECT 1 INTO /* */ OUTFILE 'OUT'"},
		{"into outfile before another statement", "SELECT 1 INTO OUTFILE 'OUT'; SELECT ("},
		{"into outfile in insert", "INSERT INTO t SELECT 1, 'x' INTO OUTFILE 'OUT'"},
		{"from infile", "INSERT INTO t FROM INFILE 'SECRET' FORMAT LineAsString"},
		{"from infile with a comment", "INSERT INTO t (s) FROM/**/INFILE 'SECRET' FORMAT LineAsString"},
		{"from infile and select", "INSERT INTO t FROM INFILE 'SECRET' SELECT 1, 'x'"},
		{"insert into function file", "INSERT INTO FUNCTION file('OUT', 'CSV', 'a Int8') VALUES (1)"},
		{"insert into table function file", "INSERT INTO TABLE FUNCTION file('OUT', 'CSV', 'a Int8') SELECT 1"},
		{"engine File", "CREATE TABLE bad (a String) ENGINE = File('CSV', 'OUT')"},
		{"engine File without =", "CREATE TABLE bad (a String) ENGINE File(LineAsString, 'SECRET')"},
		{"engine FileLog", "CREATE TABLE bad (a String) ENGINE = FileLog('SECRET', 'LineAsString')"},
		{"engine URL", "CREATE TABLE bad (a String) ENGINE = URL('http://HOST/', CSV)"},
		{"engine EmbeddedRocksDB", "CREATE TABLE bad (k String, v String) ENGINE = EmbeddedRocksDB(0, 'OUT') PRIMARY KEY k"},
		{"engine SQLite", "CREATE TABLE bad ENGINE = SQLite('SECRET', 't')"},
		{"engine Executable", "CREATE TABLE bad (a String) ENGINE = Executable('id', 'CSV')"},
		{"engine Distributed", "CREATE TABLE bad (a UInt8) ENGINE = Distributed('default', 'system', 'one')"},
		{"engine Dictionary", "CREATE TABLE bad (a UInt8) ENGINE = Dictionary('x')"},
		{"engine Backup", "CREATE DATABASE turnout_b ENGINE = Backup('x', File('SECRET'))"},
		{"engine QueryRunner", "CREATE TABLE bad (a UInt8) ENGINE = QueryRunner"},
		{"disk", "CREATE TABLE bad (a Int8) ENGINE = MergeTree ORDER BY a SETTINGS disk = disk(type = local, path = 'OUT/')"},
		{"disk by name", "CREATE TABLE bad (a Int8) ENGINE = MergeTree ORDER BY a SETTINGS disk = 'other'"},
		{"storage policy", "CREATE TABLE bad (a Int8) ENGINE = MergeTree ORDER BY a SETTINGS storage_policy = 'other'"},
		{"disk by alter", "ALTER TABLE t MODIFY SETTING disk = disk(type = web, endpoint = 'http://HOST/')"},
		{"executable", "SELECT * FROM executable('id', 'TSV', 'x String')"},
		{"executable up the tree", "SELECT * FROM executable('../../../../../../../../usr/bin/id', 'TSV', 'x String')"},
		{"url", "SELECT * FROM url('http://HOST/', 'LineAsString')"},
		{"s3", "SELECT * FROM s3('http://HOST/bucket/a', 'CSV')"},
		{"gcs", "SELECT * FROM gcs('http://HOST/bucket/a', 'CSV')"},
		{"hdfs", "SELECT * FROM hdfs('hdfs://HOST/a', 'CSV')"},
		{"azure", "SELECT * FROM azureBlobStorage('x', 'y', 'z')"},
		{"iceberg", "SELECT * FROM icebergLocal('/etc')"},
		{"delta lake", "SELECT * FROM deltaLakeLocal('/etc')"},
		{"remote", "SELECT * FROM remote('HOST', system.one)"},
		{"remote secure", "SELECT * FROM remoteSecure('HOST', system.one)"},
		{"cluster", "SELECT * FROM cluster('default', system.one)"},
		{"mysql", "SELECT * FROM mysql('HOST', 'a', 'b', 'c', 'd')"},
		{"postgresql", "SELECT * FROM postgresql('HOST', 'a', 'b', 'c', 'd')"},
		{"mongodb", "SELECT * FROM mongodb('HOST', 'a', 'b', 'c', 'd', 'a Int8')"},
		{"redis", "SELECT * FROM redis('HOST', 'a', 'a Int8')"},
		{"sqlite", "SELECT * FROM sqlite('SECRET', 't')"},
		{"odbc", "SELECT * FROM odbc('x', 'y', 'z')"},
		{"jdbc", "SELECT * FROM jdbc('x', 'y', 'z')"},
		{"function of another server", "SELECT hasColumnInTable('HOST', 'u', 'p', 'system', 'one', 'dummy')"},
		{"function of a model file", "SELECT catboostEvaluate('SECRET', 1)"},
		{"dictionary from a file", "CREATE DICTIONARY bad (a UInt64, b String) PRIMARY KEY a SOURCE(FILE(path 'SECRET' format 'CSV')) LAYOUT(FLAT()) LIFETIME(0)"},
		{"dictionary from a program", "CREATE DICTIONARY bad (a UInt64, b String) PRIMARY KEY a SOURCE(EXECUTABLE(command 'id' format 'CSV')) LAYOUT(FLAT()) LIFETIME(0)"},
		{"dictionary from the network", "CREATE DICTIONARY bad (a UInt64) PRIMARY KEY a SOURCE(HTTP(url 'http://HOST/' format 'CSV')) LAYOUT(FLAT()) LIFETIME(0)"},
		{"function", "CREATE FUNCTION bad AS x -> x"},
		{"named collection", "CREATE NAMED COLLECTION bad AS a = 1"},
		{"user", "CREATE USER bad"},
		{"role", "CREATE ROLE bad"},
		{"grant", "GRANT ALL ON *.* TO default"},
		{"grant a source", "GRANT READ ON FILE TO default"},
		{"impersonation", "EXECUTE AS default SELECT 1"},
		{"shutdown", "SYSTEM SHUTDOWN"},
		{"kill", "SYSTEM KILL"},
		{"drop caches", "SYSTEM DROP MARK CACHE"},
		{"reload configuration", "SYSTEM RELOAD CONFIG"},
		{"attach", "ATTACH TABLE bad FROM '/tmp/x' (a Int8) ENGINE = MergeTree ORDER BY a"},
		{"attach a folder", "ATTACH DATABASE turnout_x ENGINE = Filesystem('/')"},
		{"detach", "DETACH TABLE t PERMANENTLY"},
		{"backup", "BACKUP TABLE t TO File('OUT')"},
		{"backup to a disk", "BACKUP TABLE t TO Disk('default', 'x')"},
		{"restore", "RESTORE TABLE t FROM File('SECRET')"},
		{"freeze", "ALTER TABLE t FREEZE"},
		{"fetch", "ALTER TABLE t FETCH PARTITION tuple() FROM '/x'"},
		{"drop the other database", "DROP DATABASE default"},
		{"create another database", "CREATE DATABASE other"},
		{"write into system", "INSERT INTO system.one VALUES (1)"},
		{"function file in the format Values", "SELECT * FROM format('Values', 'a String', '(file($$SECRET$$))')"},
		{"function file in the format Values by a setting", "SELECT * FROM format('Values', 'a String', '(file($$SECRET$$))') SETTINGS input_format_values_interpret_expressions = 1"},
		{"function file in rows by a setting", "INSERT INTO t SETTINGS input_format_values_interpret_expressions = 1 FORMAT values (1, file('SECRET'))"},
		{"function file behind an odd heredoc", "SELECT $ $ ' $ $, file('SECRET') -- '"},
		{"function file behind a number", "SELECT 1.file('SECRET')"},
		{"function file behind a number and a name", "SELECT (1, 2) AS t, t.1.file('SECRET')"},
		{"function file in a word with a dollar", "SELECT 1 AS a$b$ ' $b$, file('SECRET') -- '"},
		{"function file in a filter of results", "SELECT 1 SETTINGS additional_result_filter = 'file(\\'SECRET\\') != \\'\\''"},
		{"function file in a filter of tables", "SELECT count() FROM t SETTINGS additional_table_filters = {'t': 'length(file(\\'SECRET\\')) > 0'}"},
		{"function file in a filter and a comment", "SELECT 1 SETTINGS additional_result_filter = $$file/*a*/('SECRET') != ''$$"},
		{"template from a file", "SELECT 1 FORMAT Template SETTINGS format_template_resultset = 'SECRET', format_template_row = 'SECRET'"},
		{"schema into a file", "SELECT 1 AS a FORMAT Protobuf SETTINGS format_protobuf_use_autogenerated_schema = 1, output_format_schema = 'OUT'"},
		{"set by a statement", "SET format_template_row = 'SECRET'"},
		{"function file in many rows", "INSERT INTO t VALUES (1, 'x')" + strings.Repeat(", (1, 'x')", 40000) + ", (1, file('SECRET'))"},
		{"introspection", "SELECT addressToLine(1) SETTINGS allow_introspection_functions = 1"},
		{"schema from a file", "SELECT * FROM format(Protobuf, 'x') SETTINGS format_schema = 'SECRET:M'"},
		{"expression as a statement", "file('SECRET')"},
	}
}

func TestWall(t *testing.T) {
	base := embeddedtest.ClickHouse(t)
	ask(t, base, "CREATE TABLE t (a UInt64, s String) ENGINE = MergeTree ORDER BY a")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	called := make(chan net.Addr, 100)
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			called <- connection.RemoteAddr()
			_ = connection.Close()
		}
	}()
	dir := t.TempDir()
	secret, out := filepath.Join(dir, "secret"), filepath.Join(dir, "out")
	const content = "the secret of the machine"
	if err := os.WriteFile(secret, []byte(content+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	replace := strings.NewReplacer("SECRET", secret, "OUT", out, "HOST", listener.Addr().String())
	for _, attempt := range attempts() {
		for _, user := range []string{"default", "reader"} {
			t.Run(fmt.Sprintf("%s/%s", attempt.name, user), func(t *testing.T) {
				status, text, _ := try(t, as(base, user), replace.Replace(attempt.sql))
				if status == 200 {
					t.Errorf("allowed, with the answer %.200q", text)
				}
				if strings.Contains(text, content) {
					t.Errorf("the answer shows the file: %.300s", text)
				}
				if strings.Contains(text, "Permission denied") {
					t.Errorf("only the sandbox refused it: %.200s", text)
				}
				entries, err := os.ReadDir(dir)
				if err != nil || len(entries) != 1 {
					t.Errorf("the folder has %v now (%v)", entries, err)
				}
				select {
				case <-called:
					t.Error("the engine made a connection")
				default:
				}
			})
		}
	}
	if got := ask(t, base, "SELECT count() FROM t"); got != "0" {
		t.Errorf("%s rows were inserted", got)
	}
}

// What comes beside the statement passes the wall, too.
func TestWallAroundParameters(t *testing.T) {
	base := embeddedtest.ClickHouse(t)
	ask(t, base, "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a")
	q := url.QueryEscape
	for _, test := range []struct{ name, query, sql string }{
		{"function by a parameter", "param_f=file", "SELECT {f:Identifier}('/etc/hostname')"},
		{"table by a parameter", "param_t=" + q("default./etc/hostname"), "SELECT * FROM {t:Identifier}"},
		{"file of a format by a parameter", "default_format=Template&format_template_row=" + q("/etc/hostname"), "SELECT 1"},
		{"filter of results", "additional_result_filter=" + q("file('/etc/hostname') != ''"), "SELECT 1"},
		{"filter of tables", "additional_table_filters=" + q(`{'t': 'length(file(\'/etc/hostname\')) > 0'}`), "SELECT count() FROM t"},
		{"values", "input_format_values_interpret_expressions=1", "SELECT 1"},
		{"introspection", "allow_introspection_functions=1", "SELECT 1"},
		{"format with a statement in it", "default_format=" + q("CSV; SELECT file('/etc/hostname')"), "SELECT 1"},
		{"database with a statement in it", "database=" + q("turnout`; DROP TABLE t --"), "SELECT 1"},
		{"setting with a statement in it", q("max_threads` = 1; --") + "=1", "SELECT 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			target := base[:strings.LastIndexByte(base, '/')] + "/?" + test.query
			if !strings.Contains(test.query, "database=") {
				target = address(base, test.query)
			}
			if status, text, _ := send(t, request(t, "POST", target, test.sql)); status == 200 || strings.Contains(text, "Permission denied") {
				t.Errorf("status %d: %s", status, text)
			}
		})
	}
	if got := ask(t, base, "SELECT count() FROM t SETTINGS additional_table_filters = {'t': 'a = 1 AND length(toString(a)) > 0'}"); got != "0" {
		t.Errorf("an honest filter gives %s", got)
	}
}

// as changes the user of a URL.
func as(base, user string) string { return strings.Replace(base, "default@", user+"@", 1) }

// What the warehouse and analysts need must pass the wall.
func TestWallLetsThrough(t *testing.T) {
	base := embeddedtest.ClickHouse(t)
	for _, sql := range []string{
		"CREATE TABLE t (a UInt64, file String COMMENT 'a file (of rows)', disk String) ENGINE = ReplacingMergeTree(a) ORDER BY a SETTINGS index_granularity = 1024 COMMENT 'INTO OUTFILE'",
		"CREATE TABLE a (a UInt64, s AggregateFunction(groupBitmap, UInt64)) ENGINE AggregatingMergeTree ORDER BY a",
		"CREATE MATERIALIZED VIEW m TO a AS SELECT a, groupBitmapState(a) AS s FROM t GROUP BY a",
		"CREATE OR REPLACE VIEW v AS SELECT file, disk = 'x' AS d FROM t",
		"INSERT INTO t VALUES (1, 'file(''x'')', 'from infile ''y''')",
		"SELECT file FROM t WHERE file = 'file(\\'x\\')' AND disk = 'a'",
		"SELECT 'INTO OUTFILE', 'é ‘quoted’' -- héllo\n",
		"ALTER TABLE t ADD COLUMN b UInt8 DEFAULT 1",
		"ALTER TABLE t DELETE WHERE a = 5 SETTINGS mutations_sync = 1",
		"DELETE FROM t WHERE a = 6",
		"OPTIMIZE TABLE t FINAL",
		"TRUNCATE TABLE a",
		"RENAME TABLE a TO b",
		"SELECT count() FROM system.parts WHERE table = 't'",
		"SELECT count() FROM information_schema.tables",
		"SYSTEM STOP MERGES t",
		"SYSTEM START MERGES t",
		"KILL QUERY WHERE 0",
		"SELECT * FROM merge(currentDatabase(), '^t$')",
		"DROP TABLE m",
		"CREATE TEMPORARY TABLE x (a Int8)",
		"SET max_threads = 1",
		"EXPLAIN SELECT * FROM t",
		"CHECK TABLE t",
		"SHOW CREATE TABLE t",
		"SELECT toDate32('1900-01-01') + number FROM numbers(3)",
	} {
		if status, text, _ := try(t, base, sql); status != 200 {
			t.Errorf("%s: status %d: %s", sql, status, text)
		}
	}
}

// The reader reads the database's tables and nothing else.
func TestReader(t *testing.T) {
	base := embeddedtest.ClickHouse(t)
	ask(t, base, "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a")
	ask(t, base, "INSERT INTO t VALUES (7)")
	for sql, allowed := range map[string]bool{
		"SELECT a FROM t":                               true,
		"WITH 1 AS x SELECT a + x FROM t":               true,
		"SHOW TABLES":                                   true,
		"DESCRIBE TABLE t":                              true,
		"EXPLAIN SELECT a FROM t":                       true,
		"SELECT name FROM system.tables":                true,
		"SELECT name FROM system.columns":               true,
		"SELECT count() FROM information_schema.tables": true,
		"INSERT INTO t VALUES (8)":                      false,
		"INSERT INTO t SELECT 8":                        false,
		"DROP TABLE t":                                  false,
		"ALTER TABLE t DELETE WHERE 1":                  false,
		"TRUNCATE TABLE t":                              false,
		"CREATE TABLE u (a Int8) ENGINE = Memory":       false,
		"CREATE TEMPORARY TABLE u (a Int8)":             false,
		"OPTIMIZE TABLE t":                              false,
		"SET ROLE owner":                                false,
		"SET ROLE ALL":                                  false,
		"SET readonly = 0":                              false,
		"USE turnout":                                   false,
		"KILL QUERY WHERE 1":                            false,
		"SELECT query FROM system.processes":            false,
		"SELECT query FROM `system`.`processes`":        false,
		"SELECT query FROM \"system\" . processes":      false,
		"SELECT * FROM merge('system', 'proc.*')":       false,
		"SELECT * FROM system.server_settings":          false,
		"SELECT * FROM loop(system.processes) LIMIT 1":  false,
		"SYSTEM STOP MERGES t":                          false,
		"SELECT a FROM t SETTINGS readonly = 0":         false,
	} {
		t.Run(sql, func(t *testing.T) {
			status, text, _ := try(t, as(base, "reader"), sql)
			if (status == 200) != allowed {
				t.Errorf("status %d: %.300s", status, text)
			}
		})
	}
	if got := ask(t, base, "SELECT groupArray(a) FROM t"); got != "[7]" {
		t.Errorf("the table holds %s", got)
	}
}

// The wall cuts statements as the engine does, whatever quotes and comments stand
// around a call: if the engine ever saw a call that the wall did not, the sandbox
// would be what refuses it, and say so.
func TestWallReadsAsTheEngine(t *testing.T) {
	base := embeddedtest.ClickHouse(t)
	pieces := []string{
		"'", "''", `\'`, `\\`, `"`, "`", "$", "$$", "$a$", "$ $", "/*", "*/", "--", "//", "#", "# ", "#!", "\n", " ", ", ", "1", "x", ".", "(", ")", "a$b", "1e5", "0x",
		", file('/etc/hostname')", ", `file`('/etc/hostname')", "'a'", "'b', ", " AS y", "x'61'", "+", "-", "||",
	}
	const rounds = 1500
	random := rand.New(rand.NewPCG(uint64(rounds), 7))
	parsed := 0
	for range rounds {
		var text strings.Builder
		add := func(most int) {
			for range random.IntN(most) {
				text.WriteString(pieces[random.IntN(len(pieces))])
			}
		}
		text.WriteString("SELECT 1")
		add(10)
		text.WriteString(", file('/etc/hostname')")
		add(6)
		sql := text.String()
		status, answer, _ := try(t, base, sql)
		if strings.Contains(answer, "Permission denied") {
			t.Errorf("only the sandbox refused %q: %s", sql, answer)
		}
		if status == http.StatusOK {
			parsed++
		}
	}
	if parsed == 0 {
		t.Error("none of the statements was one: the test tests nothing")
	}
}
