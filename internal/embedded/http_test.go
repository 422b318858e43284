package embedded_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/turnout/turnout/internal/embedded/embeddedtest"
)

// send makes a request of any kind and returns all of the answer.
func send(t *testing.T, request *http.Request) (int, string, http.Header) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("read the answer: %v", err)
	}
	return response.StatusCode, string(body), response.Header
}

func request(t *testing.T, method, url, body string) *http.Request {
	t.Helper()
	made, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestHTTPQuery(t *testing.T) {
	base := embeddedtest.ClickHouse(t)
	ask(t, base, "CREATE TABLE t (a UInt64, s String) ENGINE = MergeTree ORDER BY a")
	ask(t, base, "INSERT INTO t VALUES (1, 'x'), (2, 'y;')")
	q := url.QueryEscape
	for _, test := range []struct {
		name, method, query, body string
		status                    int
		want                      string // of the body, without its last line end
		header                    map[string]string
	}{
		{"query in the URL", "GET", "query=" + q("SELECT a FROM t ORDER BY a"), "", 200, "1\n2", map[string]string{"X-ClickHouse-Format": "TabSeparated"}},
		{"query in the body", "POST", "", "SELECT a FROM t ORDER BY a;", 200, "1\n2", nil},
		{"query in both", "POST", "query=" + q("SELECT s FROM t"), "WHERE a = 2", 200, "y;", nil},
		{"default format", "POST", "default_format=JSONEachRow", "SELECT a FROM t ORDER BY a", 200, "{\"a\":1}\n{\"a\":2}", map[string]string{"Content-Type": "application/x-ndjson; charset=UTF-8", "X-ClickHouse-Format": "JSONEachRow"}},
		{"format in the text", "POST", "default_format=JSON", "SELECT a FROM t ORDER BY a FORMAT CSV", 200, "1\n2", map[string]string{"X-ClickHouse-Format": "CSV"}},
		{"typed parameter", "POST", "param_who=" + q("x"), "SELECT a FROM t WHERE s = {who:String}", 200, "1", nil},
		{"parameter is no SQL", "POST", "param_who=" + q("x' OR 1=1 --"), "SELECT count() FROM t WHERE s = {who:String}", 200, "0", nil},
		{"parameter with a tab", "POST", "param_who=" + q(`a\tb`), "SELECT length({who:String})", 200, "3", nil},
		{"parameter of the wrong type", "POST", "param_n=abc", "SELECT {n:UInt8}", 400, "Code: 457.", nil},
		{"missing parameter", "POST", "", "SELECT {n:UInt8}", 400, "Code: 456.", nil},
		{"setting", "POST", "max_block_size=7", "SELECT value FROM system.settings WHERE name = 'max_block_size'", 200, "7", nil},
		{"unknown setting", "POST", "no_such_setting=1", "SELECT 1", 404, "Code: 115.", map[string]string{"X-ClickHouse-Exception-Code": "115"}},
		{"setting with a quote", "POST", "log_comment=" + q("it's"), "SELECT 1", 200, "1", nil},
		{"session is tolerated", "POST", "session_id=abc&session_timeout=60", "SELECT 1", 200, "1", nil},
		{"query id", "POST", "query_id=mine", "SELECT 1", 200, "1", map[string]string{"X-ClickHouse-Query-Id": "mine"}},
		{"display name", "POST", "", "SELECT 1", 200, "1", map[string]string{"X-ClickHouse-Server-Display-Name": "turnout", "X-ClickHouse-Timezone": "UTC"}},
		{"unknown table", "POST", "", "SELECT * FROM nosuch", 404, "Code: 60.", map[string]string{"X-ClickHouse-Exception-Code": "60"}},
		{"syntax error", "POST", "", "SELEC 1", 400, "Code: 62.", map[string]string{"X-ClickHouse-Exception-Code": "62"}},
		{"syntax error in a SELECT", "POST", "", "SELECT 1 FROM", 400, "Code: 62.", nil},
		{"nothing", "POST", "", "", 400, "Code: 62.", nil},
		{"two statements", "POST", "", "SELECT 1; SELECT 2", 400, "Code: 62. DB::Exception: Multi-statements", nil},
		{"unclosed quote", "POST", "", "SELECT 'abc", 400, "Code: 62.", nil},
		{"describe", "POST", "", "DESCRIBE TABLE t", 200, "a\tUInt64", nil},
		{"show", "POST", "", "SHOW TABLES", 200, "t", nil},
		{"exists", "GET", "query=" + q("EXISTS TABLE t"), "", 200, "1", nil},
		{"GET writes nothing", "GET", "query=" + q("INSERT INTO t VALUES (9, 'z')"), "", 403, "Code: 164.", nil},
		{"empty answer", "POST", "", "SELECT a FROM t WHERE 0", 200, "", map[string]string{"X-ClickHouse-Format": "TabSeparated"}},
		{"with CTE", "POST", "", "WITH 1 AS x SELECT x", 200, "1", nil},
		{"parenthesis first", "POST", "", "(SELECT 1) UNION ALL (SELECT 1)", 200, "1\n1", nil},
		{"comment first", "POST", "", "/* who */ -- why\nSELECT 1", 200, "1", nil},
		{"wait for the end", "POST", "wait_end_of_query=1", "SELECT a FROM t ORDER BY a", 200, "1\n2", nil},
		{"unknown format", "POST", "default_format=Nosuch", "SELECT 1", 404, "Code: 73.", nil},
		{"database default is turnout", "POST", "database=default", "SELECT currentDatabase()", 200, "turnout", nil},
		{"unknown database", "POST", "database=nosuch", "SELECT 1", 404, "Code: 81.", nil},
		{"division by zero", "POST", "", "SELECT intDiv(1, 0)", 500, "Code: 153.", nil},
		{"too long a time", "POST", "max_execution_time=1&timeout_before_checking_execution_speed=0", "SELECT sleepEachRow(1) FROM numbers(30) SETTINGS max_block_size = 1", 408, "Code: 159.", nil},
		{"too much memory", "POST", "max_memory_usage=10000000", "SELECT groupArray(number) FROM numbers(100000000)", 500, "Code: 241.", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			target := address(base)
			if strings.Contains(test.query, "database=") {
				target = base[:strings.LastIndexByte(base, '/')] + "/?"
			}
			status, body, header := send(t, request(t, test.method, target+"&"+test.query, test.body))
			if status != test.status {
				t.Errorf("status %d, want %d: %s", status, test.status, body)
			}
			body = strings.TrimRight(body, "\n")
			if strings.HasPrefix(test.want, "Code:") || strings.Contains(test.want, "\t") {
				if !strings.HasPrefix(body, test.want) {
					t.Errorf("body %.300q, want it to begin with %q", body, test.want)
				}
			} else if body != test.want {
				t.Errorf("body %.300q, want %q", body, test.want)
			}
			for name, want := range test.header {
				if got := header.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestHTTPPing(t *testing.T) {
	base := embeddedtest.ClickHouse(t)
	root := base[:strings.LastIndexByte(base, '/')]
	for path, want := range map[string]int{"/ping": 200, "/replicas_status": 200, "/nosuch": 404} {
		if status, _, _ := send(t, request(t, "GET", root+path, "")); status != want {
			t.Errorf("%s: status %d, want %d", path, status, want)
		}
	}
}

func TestHTTPInsert(t *testing.T) {
	base := embeddedtest.ClickHouse(t)
	ask(t, base, "CREATE TABLE source (a UInt64, s String) ENGINE = MergeTree ORDER BY a")
	ask(t, base, "INSERT INTO source SELECT number, '\n\n' FROM numbers(100)")
	_, native, _ := send(t, request(t, "POST", address(base), "SELECT a, s FROM source FORMAT Native"))
	q := url.QueryEscape
	var zipped bytes.Buffer
	writer := gzip.NewWriter(&zipped)
	_, _ = writer.Write([]byte("1,x\n2,y\n"))
	_ = writer.Close()
	for _, test := range []struct {
		name, query, body, encoding string
		want                        string // count, sum(a)
	}{
		{"values", "", "INSERT INTO t VALUES (1, 'x'), (2, 'y')", "", "2\t3"},
		{"values with expressions", "", "INSERT INTO t (a) VALUES (1 + 1), (length('abc'))", "", "2\t5"},
		{"values with a semicolon", "", "INSERT INTO t VALUES (1, ';');", "", "1\t1"},
		{"values after the URL", "query=" + q("INSERT INTO t VALUES"), "(5, 'x')", "", "1\t5"},
		{"rows after the URL", "query=" + q("INSERT INTO t FORMAT CSV"), "1,x\n2,y\n", "", "2\t3"},
		{"rows in the body", "", "INSERT INTO t FORMAT TSV\n1\tx\n2\ty\n", "", "2\t3"},
		{"rows with line ends of Windows", "", "INSERT INTO t FORMAT TSV\r\n7\tx\n", "", "1\t7"},
		{"settings before the format", "", "INSERT INTO t SETTINGS max_insert_block_size = 100 FORMAT TSV 8\tx\n", "", "1\t8"},
		{"native rows with blank lines", "query=" + q("INSERT INTO t (a, s) FORMAT Native"), native, "", "100\t4950"},
		{"native rows behind the text", "", "INSERT INTO t (a, s) FORMAT Native\n" + native, "", "100\t4950"},
		{"select", "", "INSERT INTO t SELECT a, s FROM source WHERE a < 3", "", "3\t3"},
		{"select after WITH", "", "WITH 3 AS n INSERT INTO t SELECT a, s FROM source WHERE a < n", "", "3\t3"},
		{"select in parentheses", "", "INSERT INTO t (a, s) (SELECT a, s FROM source WHERE a < 3)", "", "3\t3"},
		{"gzip", "query=" + q("INSERT INTO t FORMAT CSV"), zipped.String(), "gzip", "2\t3"},
		{"no rows", "query=" + q("INSERT INTO t FORMAT CSV"), "", "", "0\t0"},
		{"parameter", "param_n=6", "INSERT INTO t SELECT {n:UInt64}, 'x'", "", "1\t6"},
		{"a table named format", "query=" + q("INSERT INTO format FORMAT CSV"), "1,x\n", "", "0\t0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			ask(t, base, "CREATE OR REPLACE TABLE t (a UInt64, s String) ENGINE = MergeTree ORDER BY a")
			ask(t, base, "CREATE OR REPLACE TABLE format (a UInt64, s String) ENGINE = MergeTree ORDER BY a")
			insert := request(t, "POST", address(base, test.query), test.body)
			if test.encoding != "" {
				insert.Header.Set("Content-Encoding", test.encoding)
			}
			status, body, header := send(t, insert)
			if status != 200 {
				t.Fatalf("status %d: %s", status, body)
			}
			var summary map[string]string
			if err := json.Unmarshal([]byte(header.Get("X-ClickHouse-Summary")), &summary); err != nil {
				t.Errorf("the summary is %q: %v", header.Get("X-ClickHouse-Summary"), err)
			}
			if rows, _, _ := strings.Cut(test.want, "\t"); rows != "0" && summary["written_rows"] != rows {
				t.Errorf("summary says %s written rows, want %s", summary["written_rows"], rows)
			}
			if got := ask(t, base, "SELECT count(), sum(a) FROM t"); got != test.want {
				t.Errorf("count and sum are %s, want %s", got, test.want)
			}
		})
	}
}

func TestHTTPInsertRefused(t *testing.T) {
	base := embeddedtest.ClickHouse(t)
	ask(t, base, "CREATE TABLE t (a UInt64, s String) ENGINE = MergeTree ORDER BY a")
	for name, body := range map[string]string{
		"bad row":        "INSERT INTO t FORMAT CSV\n1,x\nabc,y\n",
		"cut native":     "INSERT INTO t FORMAT Native\n\x02\x05\x01a\x06UInt64\x01\x00",
		"unknown table":  "INSERT INTO nosuch FORMAT CSV\n1,x\n",
		"unknown format": "INSERT INTO t FORMAT Nosuch\n1,x\n",
		"unknown column": "INSERT INTO t (b) VALUES (1)",
		"bad values":     "INSERT INTO t VALUES (1, 'x'), (2",
		"two statements": "INSERT INTO t VALUES (1, 'x'); INSERT INTO t VALUES (2, 'y')",
	} {
		t.Run(name, func(t *testing.T) {
			status, text, header := try(t, base, body)
			if status == 200 || !strings.HasPrefix(text, "Code: ") || header.Get("X-ClickHouse-Exception-Code") == "" {
				t.Errorf("status %d, %q", status, text)
			}
			if got := ask(t, base, "SELECT count() FROM t"); got != "0" {
				t.Errorf("%s rows are stored", got)
			}
		})
	}
}

func TestHTTPCompression(t *testing.T) {
	base := embeddedtest.ClickHouse(t)
	const sql = "SELECT number FROM numbers(100000)"
	_, want, _ := send(t, request(t, "POST", address(base), sql))
	for _, test := range []struct{ accept, enable, encoding string }{
		{"gzip", "1", "gzip"}, {"gzip, deflate, zstd;q=0.9", "1", "zstd"}, {"gzip", "0", ""}, {"br", "1", ""}, {"", "1", ""},
	} {
		t.Run(test.accept+" "+test.enable, func(t *testing.T) {
			ask := request(t, "POST", address(base, "enable_http_compression="+test.enable), sql)
			ask.Header.Set("Accept-Encoding", test.accept)
			_, body, header := send(t, ask)
			if got := header.Get("Content-Encoding"); got != test.encoding {
				t.Fatalf("encoding %q, want %q", got, test.encoding)
			}
			var reader io.Reader = strings.NewReader(body)
			var err error
			switch test.encoding {
			case "gzip":
				reader, err = gzip.NewReader(reader)
			case "zstd":
				reader, err = zstd.NewReader(reader)
			}
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(reader)
			if err != nil || string(got) != want {
				t.Errorf("%d bytes, %v; want %d", len(got), err, len(want))
			}
		})
	}
}

// An error after the answer has begun must break the connection: a client that
// reads to the end must see that the answer is cut.
func TestHTTPErrorAfterTheAnswerBegan(t *testing.T) {
	base := embeddedtest.ClickHouse(t)
	const sql = "SELECT throwIf(number = 3000000) FROM numbers(4000000)"
	response, err := http.Post(address(base, "max_threads=1"), "text/plain", strings.NewReader(sql))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusOK || len(body) < 1000 {
		t.Fatalf("status %d, %d bytes: the answer did not begin before the error", response.StatusCode, len(body))
	}
	if err == nil {
		t.Error("the cut answer was read as a whole one")
	}
	tag := response.Header.Get("X-ClickHouse-Exception-Tag")
	if _, reason, _ := strings.Cut(string(body), "\r\n__exception__\r\n"+tag+"\r\n"); !strings.HasPrefix(reason, "Code: 395.") || !strings.HasSuffix(reason, tag+"\r\n__exception__\r\n") {
		t.Errorf("the answer does not end with the reason: %.200q", body[len(body)-min(len(body), 200):])
	}
	if status, text, _ := try(t, base, sql, "wait_end_of_query=1", "max_threads=1"); status != 500 || !strings.HasPrefix(text, "Code: 395.") {
		t.Errorf("with wait_end_of_query: status %d, %.200s", status, text)
	}
}

// A body that breaks off must not insert the rows that came.
func TestHTTPCutUpload(t *testing.T) {
	base := embeddedtest.ClickHouse(t)
	ask(t, base, "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a")
	target, err := url.Parse(address(base, "query="+url.QueryEscape("INSERT INTO t FORMAT TSV")))
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Repeat("1\n", 200000)
	for name, head := range map[string]string{
		"length":  fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(rows)+100, rows),
		"chunked": fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", len(rows), rows),
	} {
		t.Run(name, func(t *testing.T) {
			connection, err := net.Dial("tcp", target.Host)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := fmt.Fprintf(connection, "POST %s HTTP/1.1\r\nHost: x\r\n%s", target.RequestURI(), head); err != nil {
				t.Fatal(err)
			}
			// Only the sending side ends, so that the answer can be read.
			if err := connection.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			answer, _ := io.ReadAll(connection)
			_ = connection.Close()
			if bytes.HasPrefix(answer, []byte("HTTP/1.1 200")) {
				t.Errorf("answered %.100s", answer)
			}
			if got := ask(t, base, "SELECT count() FROM t"); got != "0" {
				t.Errorf("%s rows of a cut upload are stored", got)
			}
		})
	}
}

// A client that goes away has its query killed.
func TestHTTPDisconnectKills(t *testing.T) {
	base := embeddedtest.ClickHouse(t)
	ask(t, base, "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a")
	for name, sql := range map[string]string{
		"select":        "SELECT sum(sleepEachRow(1)) FROM numbers(60)",
		"insert select": "INSERT INTO t SELECT sleepEachRow(1) FROM numbers(60)",
	} {
		t.Run(name, func(t *testing.T) {
			ctx, leave := context.WithCancel(t.Context())
			gone := make(chan error, 1)
			mark := "mark-" + strings.ReplaceAll(name, " ", "-")
			go func() {
				made, err := http.NewRequestWithContext(ctx, http.MethodPost, address(base, "log_comment="+mark, "max_block_size=1"), strings.NewReader(sql))
				if err == nil {
					_, err = http.DefaultClient.Do(made)
				}
				gone <- err
			}()
			running := "SELECT count() FROM system.processes WHERE startsWith(Settings['log_comment'], '" + mark + "')"
			eventually(t, "the query runs", func() bool { return ask(t, base, running) == "1" })
			leave()
			if err := <-gone; !errors.Is(err, context.Canceled) {
				t.Errorf("the client ended with %v", err)
			}
			eventually(t, "the query is killed", func() bool { return ask(t, base, running) == "0" })
		})
	}
}

// eventually polls until the condition holds, and fails after half a minute.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.Now().Add(30 * time.Second)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("not so after half a minute: %s", what)
		}
		<-tick.C
	}
}
