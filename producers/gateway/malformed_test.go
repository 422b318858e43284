package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/turnout/turnout/producers"
	"github.com/turnout/turnout/producers/gateway"
	"github.com/turnout/turnout/producers/internal/streamtest"
)

// malformedCase is a request that must be refused, and how.
type malformedCase struct {
	name    string
	request call
	status  int
	code    string
	pointer string
}

// swap is a valid event with one part of it replaced.
func swap(old, replacement string) string {
	event := streamtest.Event("x", "")
	if !strings.Contains(event, old) {
		panic("the valid event has no " + old)
	}
	return strings.Replace(event, old, replacement, 1)
}

// oneEvent gives the same bad event in a batch and in a line, where it is refused
// with 422 like in structured mode, but as one of several could be.
func oneEvent(name, event, code, pointer string) []malformedCase {
	return []malformedCase{
		{name + ", structured", call{media: structured, body: event}, 422, code, pointer},
		{name + ", batched", call{media: batched, body: "[" + event + "]"}, 422, code, pointer},
	}
}

func attributeCases() []malformedCase {
	var cases []malformedCase
	for _, c := range [][4]string{
		{"no specversion", swap(`"specversion":"1.0",`, ""), "missing_attribute", "/specversion"},
		{"specversion 0.3", swap(`"1.0"`, `"0.3"`), "bad_attribute", "/specversion"},
		{"specversion a number", swap(`"1.0"`, `1.0`), "bad_attribute", "/specversion"},
		{"no id", swap(`"id":"x",`, ""), "missing_attribute", "/id"},
		{"id empty", swap(`"id":"x"`, `"id":""`), "bad_attribute", "/id"},
		{"id a number", swap(`"id":"x"`, `"id":7`), "bad_attribute", "/id"},
		{"id null", swap(`"id":"x"`, `"id":null`), "missing_attribute", "/id"},
		{"id with a control character", swap(`"id":"x"`, `"id":"a\u0007"`), "bad_attribute", "/id"},
		{"id too long", swap(`"id":"x"`, `"id":"`+strings.Repeat("i", 2000)+`"`), "bad_attribute", "/id"},
		{"no source", swap(`"source":"/test",`, ""), "missing_attribute", "/source"},
		{"source with a space", swap(`"/test"`, `"a b"`), "bad_attribute", "/source"},
		{"no type", swap(`"type":"attendance.recorded.v1",`, ""), "missing_attribute", "/type"},
		{"type unknown", swap(`attendance.recorded.v1`, `attendance.recordet.v1`), "unknown_type", "/type"},
		{"no time", swap(`"time":"2022-05-27T18:00:00Z",`, ""), "missing_attribute", "/time"},
		{"time without zone", swap(`18:00:00Z`, `18:00:00`), "bad_time", "/time"},
		{"time a day that is not", swap(`2022-05-27`, `2022-02-30`), "bad_time", "/time"},
		{"time before 1900", swap(`2022-05-27`, `1899-12-31`), "bad_time", "/time"},
		{"time after 2100", swap(`2022-05-27`, `2101-01-01`), "bad_time", "/time"},
		{"time a number", swap(`"2022-05-27T18:00:00Z"`, `1653674400`), "bad_time", "/time"},
		{"recordedtime malformed", swap(`"data":`, `"recordedtime":"yesterday","data":`), "bad_time", "/recordedtime"},
		{"tenant in capitals", swap(`"data":`, `"tenant":"North","data":`), "bad_attribute", "/tenant"},
		{"tenant with a dot", swap(`"data":`, `"tenant":"a.b","data":`), "bad_attribute", "/tenant"},
		{"tenant a wildcard", swap(`"data":`, `"tenant":"*","data":`), "bad_attribute", "/tenant"},
		{"revision negative", swap(`"data":`, `"revision":-1,"data":`), "bad_attribute", "/revision"},
		{"revision a fraction", swap(`"data":`, `"revision":1.5,"data":`), "bad_attribute", "/revision"},
		{"revision too large", swap(`"data":`, `"revision":2147483648,"data":`), "bad_attribute", "/revision"},
		{"voided a word", swap(`"data":`, `"voided":"yes","data":`), "bad_attribute", "/voided"},
		{"datacontenttype text", swap(`"data":`, `"datacontenttype":"text/plain","data":`), "bad_attribute", "/datacontenttype"},
		{"dataschema relative", swap(`"data":`, `"dataschema":"x.json","data":`), "bad_attribute", "/dataschema"},
		{"traceparent malformed", swap(`"data":`, `"traceparent":"00-1","data":`), "bad_attribute", "/traceparent"},
		{"extension in capitals", swap(`"data":`, `"Revision":1,"data":`), "bad_attribute", "/Revision"},
		{"a member twice", swap(`"id":"x"`, `"id":"x","id":"y"`), "duplicate_member", "/id"},
	} {
		cases = append(cases, oneEvent(c[0], c[1], c[2], c[3])...)
	}
	return cases
}

func dataCases() []malformedCase {
	var cases []malformedCase
	for _, c := range [][4]string{
		{"no data", swap(`,"data":`, `,"other":`), "bad_attribute", "/other"},
		{"data null", swap(`"data":{`, `"data":null,"x":{`), "bad_attribute", "/x"},
		{"data a string", swap(`"data":{`, `"data":"{}","x":{`), "bad_attribute", "/data"},
		{"data a list", swap(`"data":{`, `"data":[],"x":{`), "bad_attribute", "/data"},
		{"data in base64", swap(`"data":{`, `"data_base64":"e30=","data":{`), "bad_attribute", "/data_base64"},
		{"data empty", swap(`"data":{`, `"data":{},"zzz":{`), "bad_attribute", "/zzz"},
		{"a field missing", swap(`"gathering_id":"m-1",`, ``), "schema", "/data/gathering_id"},
		{"a field too many", swap(`"present"`, `"name":"Ada","present"`), "schema", "/data/name"},
		{"a field of another type", swap(`true`, `"true"`), "schema", "/data/present"},
		{"a word that is none", swap(`"desk"`, `"telepathy"`), "schema", "/data/method"},
		{"a number below its range", swap(`"present"`, `"minutes":-1,"present"`), "schema", "/data/minutes"},
		{"a date-time without zone", swap(`"present"`, `"at":"2022-05-27T18:00:00","present"`), "schema", "/data/at"},
		{"an id empty", swap(`"m-1"`, `""`), "schema", "/data/gathering_id"},
		{"a field twice", swap(`"m-1"`, `"m-1","gathering_id":"m-2"`), "duplicate_member", "/data/gathering_id"},
		{"too deep", swap(`"m-1"`, strings.Repeat("[", 60)+strings.Repeat("]", 60)), "too_large", ""},
		{"too long", swap(`"m-1"`, `"`+strings.Repeat("m", 300_000)+`"`), "too_large", ""},
	} {
		cases = append(cases, oneEvent(c[0], c[1], c[2], c[3])...)
	}
	return cases
}

func bodyCases() []malformedCase {
	valid := streamtest.Event("x", "")
	return []malformedCase{
		{"empty, structured", call{media: structured}, 400, "empty_body", ""},
		{"empty, batched", call{media: batched}, 400, "empty_body", ""},
		{"blank lines", call{media: ndjson, body: "\n \r\n\t\n"}, 400, "empty_body", ""},
		{"not JSON", call{media: structured, body: "hello"}, 400, "malformed_json", ""},
		{"cut off", call{media: structured, body: valid[:len(valid)-5]}, 400, "malformed_json", "/data/method"},
		{"trailing comma", call{media: structured, body: swap(`"desk"}`, `"desk",}`)}, 400, "malformed_json", "/data"},
		{"single quotes", call{media: structured, body: strings.ReplaceAll(valid, `"`, `'`)}, 400, "malformed_json", ""},
		{"two events", call{media: structured, body: valid + valid}, 400, "malformed_json", ""},
		{"a batch in structured mode", call{media: structured, body: "[" + valid + "]"}, 400, "malformed_json", ""},
		{"a string", call{media: structured, body: `"x"`}, 400, "malformed_json", ""},
		{"invalid UTF-8", call{media: structured, body: swap(`"m-1"`, "\"m\xff\"")}, 400, "malformed_json", "/data/gathering_id"},
		{"half a surrogate", call{media: structured, body: swap(`"m-1"`, `"\ud800"`)}, 400, "malformed_json", "/data/gathering_id"},
		{"UTF-16", call{media: structured, body: "\xff\xfe{\x00}\x00"}, 400, "malformed_json", ""},
		{"NaN", call{media: structured, body: swap(`true`, `NaN`)}, 400, "malformed_json", "/data/present"},
		{"an event in batched mode", call{media: batched, body: valid}, 400, "malformed_json", ""},
		{"a batch cut off", call{media: batched, body: "[" + valid}, 400, "malformed_json", ""},
		{"a batch with a comma too many", call{media: batched, body: "[" + valid + ",]"}, 400, "malformed_json", ""},
		{"a batch with something behind", call{media: batched, body: "[" + valid + "] x"}, 400, "malformed_json", ""},
		{"a number in a batch", call{media: batched, body: "[7]"}, 422, "malformed_json", ""},
		{"a batch in a batch", call{media: batched, body: "[[" + valid + "]]"}, 422, "malformed_json", ""},
		{"a batch in a line", call{media: ndjson, body: "[" + valid + "]"}, 422, "malformed_json", ""},
		{"two events in a line", call{media: ndjson, body: valid + valid}, 422, "malformed_json", ""},
		{"too many lines", call{media: ndjson, body: strings.Repeat("{}\n", 21)}, 413, "too_many_events", ""},
		{"too many elements", call{media: batched, body: "[" + strings.Repeat("{},", 20) + "{}]"}, 413, "too_many_events", ""},
		{"body too large", call{media: structured, body: strings.Repeat(" ", 2<<20)}, 413, "body_too_large", ""},
		{"body too large, length unknown", call{media: structured, reader: slowly(strings.Repeat(" ", 2<<20))}, 413, "body_too_large", ""},
	}
}

func headerCases(tb testing.TB) []malformedCase {
	tb.Helper()
	valid := streamtest.Event("x", "")
	encoded := func(encoding, body string) call {
		return call{media: structured, header: map[string]string{"Content-Encoding": encoding}, body: body}
	}
	whole := gzipped(tb, valid)
	return []malformedCase{
		{"no content type", call{body: valid}, 415, "unsupported_media_type", "Content-Type"},
		{"bare JSON", call{media: "application/json", body: valid}, 415, "unsupported_media_type", "Content-Type"},
		{"text", call{media: "text/plain", body: valid}, 415, "unsupported_media_type", "Content-Type"},
		{"form", call{media: "application/x-www-form-urlencoded", body: valid}, 415, "unsupported_media_type", "Content-Type"},
		{"CloudEvents in XML", call{media: "application/cloudevents+xml", body: valid}, 415, "unsupported_media_type", "Content-Type"},
		{"CloudEvents in Avro", call{media: "application/cloudevents+avro", body: valid}, 415, "unsupported_media_type", "Content-Type"},
		{"unreadable content type", call{media: "application/", body: valid}, 415, "unsupported_media_type", "Content-Type"},
		{"latin 1", call{media: structured + "; charset=iso-8859-1", body: valid}, 415, "unsupported_media_type", "Content-Type"},
		{"brotli", encoded("br", valid), 415, "unsupported_encoding", "Content-Encoding"},
		{"two encodings", encoded("gzip, zstd", valid), 415, "unsupported_encoding", "Content-Encoding"},
		{"gzip that is none", encoded("gzip", valid), 400, "bad_encoding", "Content-Encoding"},
		{"gzip cut off", encoded("gzip", whole[:len(whole)-9]), 400, "bad_encoding", "Content-Encoding"},
		{"gzip corrupt", encoded("gzip", whole[:len(whole)-6]+"\x00\x00"+whole[len(whole)-4:]), 400, "bad_encoding", "Content-Encoding"},
		{"zstd that is none", encoded("zstd", valid), 400, "bad_encoding", "Content-Encoding"},
		{"gzip bomb", encoded("gzip", gzipped(tb, strings.Repeat(" ", 20<<20))), 413, "body_too_large", ""},
		{"zstd bomb", encoded("zstd", zstded(tb, strings.Repeat(" ", 20<<20))), 413, "body_too_large", ""},
		{"tenant malformed", call{media: structured, query: "?tenant=No+rth", body: valid}, 400, "bad_tenant", "/parameters/tenant"},
		{"two tenants", call{media: structured, query: "?tenant=a&tenant=b", body: valid}, 400, "bad_tenant", "/parameters/tenant"},
		{"another tenant than the query's", call{media: structured, query: "?tenant=south", body: streamtest.Event("x", `"tenant":"north",`)}, 422, "tenant_mismatch", "/tenant"},
		{"GET", call{method: http.MethodGet}, 405, "method_not_allowed", ""},
		{"PUT", call{method: http.MethodPut, media: structured, body: valid}, 405, "method_not_allowed", ""},
		{"DELETE", call{method: http.MethodDelete}, 405, "method_not_allowed", ""},
	}
}

func binaryCases() []malformedCase {
	binary := func(name, value string) call {
		return call{media: "application/json", header: binaryHeaders(map[string]string{name: value}), body: binaryData}
	}
	without := func(name string) call {
		header := binaryHeaders(nil)
		delete(header, name)
		return call{media: "application/json", header: header, body: binaryData}
	}
	body := func(media, body string) call { return call{media: media, header: binaryHeaders(nil), body: body} }
	return []malformedCase{
		{"binary, no id", without("ce-id"), 422, "missing_attribute", "/id"},
		{"binary, no source", without("ce-source"), 422, "missing_attribute", "/source"},
		{"binary, no type", without("ce-type"), 422, "missing_attribute", "/type"},
		{"binary, no time", without("ce-time"), 422, "missing_attribute", "/time"},
		{"binary, no specversion", without("ce-specversion"), 422, "missing_attribute", "/specversion"},
		{"binary, specversion 0.2", binary("ce-specversion", "0.2"), 422, "bad_attribute", "/specversion"},
		{"binary, lone percent", binary("ce-subject", "50%"), 422, "bad_attribute", "/subject"},
		{"binary, latin 1", binary("ce-subject", "caf\xe9"), 422, "bad_attribute", "/subject"},
		{"binary, encoded control character", binary("ce-subject", "a%00b"), 422, "bad_attribute", "/subject"},
		{"binary, revision a word", binary("ce-revision", "two"), 422, "bad_attribute", "/revision"},
		{"binary, voided a number", binary("ce-voided", "1"), 422, "bad_attribute", "/voided"},
		{"binary, tenant with a dot", binary("ce-tenant", "a.b"), 422, "bad_attribute", "/tenant"},
		{"binary, unknown type", binary("ce-type", "a.b.v1"), 422, "unknown_type", "/type"},
		{"binary, content type as attribute", binary("ce-datacontenttype", "application/json"), 422, "bad_attribute", "/datacontenttype"},
		{"binary, name with a hyphen", binary("ce-my-own", "1"), 422, "bad_attribute", "/my-own"},
		{"binary, no data", body("application/json", ""), 422, "missing_attribute", "/data"},
		{"binary, data cut off", body("application/json", `{"gathering_id":`), 400, "malformed_json", "/data/gathering_id"},
		{"binary, data a list", body("application/json", `[]`), 400, "malformed_json", "/data"},
		{"binary, data a member twice", body("application/json", `{"gathering_id":"a","gathering_id":"b"}`), 422, "duplicate_member", "/data/gathering_id"},
		{"binary, data of another type", body("application/json", `{"gathering_id":1}`), 422, "schema", "/data/gathering_id"},
		{"binary, data text", body("text/plain", "hello"), 415, "unsupported_media_type", "Content-Type"},
	}
}

// slowly hides a body's length, so that it is sent in pieces.
func slowly(text string) *struct{ *strings.Reader } {
	return &struct{ *strings.Reader }{strings.NewReader(text)}
}

// Every malformed request is refused as what it is, at its place, with a sentence and nothing stored.
func TestMalformed(t *testing.T) {
	t.Parallel()
	h := start(t, func(cfg *gateway.Config, _ *harness) { cfg.Limits.Events, cfg.Limits.BodyBytes = 20, 1<<20 })
	var cases []malformedCase
	for _, more := range [][]malformedCase{attributeCases(), dataCases(), bodyCases(), headerCases(t), binaryCases()} {
		cases = append(cases, more...)
	}
	if len(cases) < 60 {
		t.Errorf("only %d cases", len(cases))
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := h.send(t, c.request)
			if got.status != c.status {
				t.Fatalf("status %d, want %d: %+v %+v", got.status, c.status, got.problem, got.report)
			}
			code, pointer, detail := got.problem.Code, got.problem.Pointer, got.problem.Detail
			if c.status == http.StatusUnprocessableEntity {
				if got.report.Accepted != 0 || got.report.Rejected != 1 || len(got.report.Results) != 1 {
					t.Fatalf("report %+v", got.report)
				}
				result := got.report.Results[0]
				if result.Status != producers.Rejected || result.Index != 0 {
					t.Errorf("result %+v", result)
				}
				code, pointer, detail = result.Code, result.Pointer, result.Detail
			}
			if code != c.code {
				t.Errorf("code %q, want %q (%s)", code, c.code, detail)
			}
			if pointer != c.pointer {
				t.Errorf("pointer %q, want %q (%s)", pointer, c.pointer, detail)
			}
			if len(detail) < 10 || !strings.HasSuffix(detail, ".") {
				t.Errorf("detail %q is no sentence", detail)
			}
		})
	}
	if ids := h.IDs(t); len(ids) != 0 {
		t.Errorf("refused, but stored: %v", ids)
	}
}
