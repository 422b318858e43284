package schemas_test

import (
	"strings"
	"testing"

	"github.com/turnout/turnout/schemas"
)

// spoiled is one kind of malformed input: attendance with old replaced by fresh, or fresh alone where old is empty.
type spoiled struct{ name, old, fresh, code, pointer, says string }

func (s spoiled) raw(t *testing.T) string {
	t.Helper()
	if s.old == "" {
		return s.fresh
	}
	return swap(t, attendance, s.old, s.fresh)
}

func TestMalformedSyntax(t *testing.T) {
	runSpoiled(t, []spoiled{
		{"nothing", "", "", "malformed_json", "", "is empty"},
		{"only white space", "", " \n\t", "malformed_json", "", "is empty"},
		{"plain text", "", "hello", "malformed_json", "", "line 1, column 1"},
		{"cut short", "", attendance[:60], "malformed_json", "/type", "byte"},
		{"cut in a string", "", `{"id":"1`, "malformed_json", "/id", "byte"},
		{"trailing bytes", "", attendance + "x", "malformed_json", "", "byte"},
		{"two events in one", "", attendance + attendance, "malformed_json", "", "byte"},
		{"array", "", "[" + attendance + "]", "malformed_json", "", "an array"},
		{"string", "", `"x"`, "malformed_json", "", "a string"},
		{"number", "", `1`, "malformed_json", "", "a number"},
		{"boolean", "", `true`, "malformed_json", "", "a boolean"},
		{"null", "", `null`, "malformed_json", "", "null"},
		{"byte order mark", "", "\xef\xbb\xbf" + attendance, "malformed_json", "", "byte order mark"},
		{"single quotes", "", `{'id':'1'}`, "malformed_json", "", "line 1"},
		{"comment", `"id":"1"`, `/* no */ "id":"1"`, "malformed_json", "", "line 1"},
		{"trailing comma", `"method":"qr"}`, `"method":"qr",}`, "malformed_json", "/data", "line 1"},
		{"missing comma", `"id":"1",`, `"id":"1"`, "malformed_json", "", "line 1"},
		{"missing colon", `"id":"1"`, `"id" "1"`, "malformed_json", "/id", "line 1"},
		{"name without quotes", `"id":"1"`, `id:"1"`, "malformed_json", "", "line 1"},
		{"capital literal", `"present":true`, `"present":True`, "malformed_json", "/data/present", "line 1"},
		{"not a number", `"present":true`, `"minutes":NaN`, "malformed_json", "/data/minutes", "line 1"},
		{"infinity", `"present":true`, `"minutes":-Infinity`, "malformed_json", "/data/minutes", "line 1"},
		{"leading zero", `"present":true`, `"minutes":007`, "malformed_json", "/data", "line 1"},
		{"hexadecimal", `"present":true`, `"minutes":0x1F`, "malformed_json", "/data", "line 1"},
		{"bare fraction", `"present":true`, `"minutes":.5`, "malformed_json", "/data/minutes", "line 1"},
		{"raw newline in a string", `"p-1"`, "\"p\n1\"", "malformed_json", "/data/person_id", "line 1"},
		{"unknown escape", `"p-1"`, `"p\x31"`, "malformed_json", "/data/person_id", "line 1"},
		{"half a surrogate pair", `"p-1"`, `"\ud83d"`, "malformed_json", "/data/person_id", "line 1"},
		{"swapped surrogates", `"p-1"`, `"\ude00\ud83d"`, "malformed_json", "/data/person_id", "line 1"},
		{"invalid UTF-8", `"p-1"`, "\"\xff\"", "malformed_json", "/data/person_id", "invalid UTF-8"},
		{"overlong UTF-8", `"p-1"`, "\"\xc0\xaf\"", "malformed_json", "/data/person_id", "invalid UTF-8"},
		{"UTF-16", "", "{\x00\"\x00i\x00d\x00\"\x00", "malformed_json", "", "line 1"},
		{"error on a later line", "", "{\n \"id\": \"ü\", x}", "malformed_json", "", "line 2, column 13"},
		{"attribute twice", `"id":"1"`, `"id":"1","id":"1"`, "duplicate_member", "/id", "twice"},
		{"attribute twice by escape", `"id":"1"`, `"id":"1","\u0069d":"2"`, "duplicate_member", "/id", "twice"},
		{"data twice", `"id":"1"`, `"data":{},"id":"1"`, "duplicate_member", "/data", "twice"},
		{"field twice", `"present":true`, `"present":true,"present":false`, "duplicate_member", "/data/present", "twice"},
		{"too long", `"p-1"`, `"` + strings.Repeat("p", schemas.MaxEventBytes) + `"`, "too_large", "", "limit"},
		{"too deep", `"p-1"`, strings.Repeat("[", 40) + strings.Repeat("]", 40), "too_large", "", "deeper"},
		{"endlessly deep", "", strings.Repeat(`{"a":`, 100_000), "too_large", "", "deeper"},
	})
}

func TestMalformedEnvelope(t *testing.T) {
	const stamp = `"time":"2022-05-27T18:00:00+03:00"`
	runSpoiled(t, []spoiled{
		{"empty object", "", "{}", "missing_attribute", "/specversion", "missing"},
		{"no specversion", `"specversion":"1.0",`, ``, "missing_attribute", "/specversion", "missing"},
		{"old specversion", `"1.0"`, `"0.3"`, "bad_attribute", "/specversion", "1.0"},
		{"future specversion", `"1.0"`, `"1.1"`, "bad_attribute", "/specversion", "1.0"},
		{"specversion as number", `"1.0"`, `1.0`, "bad_attribute", "/specversion", "1.0"},
		{"no id", `"id":"1",`, ``, "missing_attribute", "/id", "missing"},
		{"null id", `"id":"1"`, `"id":null`, "missing_attribute", "/id", "missing"},
		{"empty id", `"id":"1"`, `"id":""`, "bad_attribute", "/id", "empty"},
		{"id as number", `"id":"1"`, `"id":1`, "bad_attribute", "/id", "a number"},
		{"id as object", `"id":"1"`, `"id":{}`, "bad_attribute", "/id", "object"},
		{"id with control character", `"id":"1"`, `"id":"1\u0007"`, "bad_attribute", "/id", "U+0007"},
		{"id with noncharacter", `"id":"1"`, "\"id\":\"\ufdd0\"", "bad_attribute", "/id", "U+FDD0"},
		{"id too long", `"id":"1"`, `"id":"` + strings.Repeat("x", 1025) + `"`, "bad_attribute", "/id", "1025"},
		{"no source", `"source":"/door",`, ``, "missing_attribute", "/source", "missing"},
		{"empty source", `"/door"`, `""`, "bad_attribute", "/source", "empty"},
		{"source with space", `"/door"`, `"front door"`, "bad_attribute", "/source", "URI"},
		{"source with bad escape", `"/door"`, `"/door%zz"`, "bad_attribute", "/source", "%"},
		{"source with cut escape", `"/door"`, `"/door%2"`, "bad_attribute", "/source", "%"},
		{"source as array", `"/door"`, `["/door"]`, "bad_attribute", "/source", "array"},
		{"no type", `"type":"attendance.recorded.v1",`, ``, "missing_attribute", "/type", "missing"},
		{"empty type", `"attendance.recorded.v1"`, `""`, "bad_attribute", "/type", "empty"},
		{"type as boolean", `"attendance.recorded.v1"`, `true`, "bad_attribute", "/type", "boolean"},
		{"no time", stamp + ",", ``, "missing_attribute", "/time", "missing"},
		{"time as number", stamp, `"time":1653663600`, "bad_time", "/time", "number"},
		{"time without zone", stamp, `"time":"2022-05-27T18:00:00"`, "bad_time", "/time", "zone"},
		{"time as date", stamp, `"time":"2022-05-27"`, "bad_time", "/time", "RFC 3339"},
		{"time with space", stamp, `"time":"2022-05-27 18:00:00Z"`, "bad_time", "/time", "RFC 3339"},
		{"time in lower case", stamp, `"time":"2022-05-27t18:00:00z"`, "bad_time", "/time", "RFC 3339"},
		{"time of no day", stamp, `"time":"2022-02-30T18:00:00Z"`, "bad_time", "/time", "calendar"},
		{"time of month 13", stamp, `"time":"2022-13-01T18:00:00Z"`, "bad_time", "/time", "calendar"},
		{"hour 24", stamp, `"time":"2022-05-27T24:00:00Z"`, "bad_time", "/time", "RFC 3339"},
		{"leap second", stamp, `"time":"2016-12-31T23:59:60Z"`, "bad_time", "/time", "leap"},
		{"comma fraction", stamp, `"time":"2022-05-27T18:00:00,5Z"`, "bad_time", "/time", "RFC 3339"},
		{"empty fraction", stamp, `"time":"2022-05-27T18:00:00.Z"`, "bad_time", "/time", "RFC 3339"},
		{"offset without colon", stamp, `"time":"2022-05-27T18:00:00+0300"`, "bad_time", "/time", "RFC 3339"},
		{"offset of 24 hours", stamp, `"time":"2022-05-27T18:00:00+24:00"`, "bad_time", "/time", "RFC 3339"},
		{"before 1900", stamp, `"time":"1899-12-31T23:59:59.999Z"`, "bad_time", "/time", "outside"},
		{"before 1900 by offset", stamp, `"time":"1900-01-01T00:00:00+00:01"`, "bad_time", "/time", "outside"},
		{"after 2100", stamp, `"time":"2101-01-01T00:00:00Z"`, "bad_time", "/time", "outside"},
		{"five-digit year", stamp, `"time":"12022-05-27T18:00:00Z"`, "bad_time", "/time", "RFC 3339"},
		{"no data", `,"data":{"gathering_id":"m-2022-05","person_id":"p-1","present":true,"role":"participant","method":"qr"}`, ``, "missing_attribute", "/data", "no data"},
		{"null data", `{"gathering_id":"m-2022-05","person_id":"p-1","present":true,"role":"participant","method":"qr"}`, `null`, "missing_attribute", "/data", "no data"},
		{"data as string", `{"gathering_id":"m-2022-05","person_id":"p-1","present":true,"role":"participant","method":"qr"}`, `"{}"`, "bad_attribute", "/data", "a string"},
		{"data as array", `{"gathering_id":"m-2022-05","person_id":"p-1","present":true,"role":"participant","method":"qr"}`, `[]`, "bad_attribute", "/data", "an array"},
		{"base64 data", `"id":"1"`, `"id":"1","data_base64":"e30="`, "bad_attribute", "/data_base64", "base64"},
		{"xml data", `"id":"1"`, `"id":"1","datacontenttype":"application/xml"`, "bad_attribute", "/datacontenttype", "JSON"},
		{"relative dataschema", `"id":"1"`, `"id":"1","dataschema":"schema.json"`, "bad_attribute", "/dataschema", "absolute"},
		{"empty subject", `"id":"1"`, `"id":"1","subject":""`, "bad_attribute", "/subject", "empty"},
	})
}

func TestMalformedExtensions(t *testing.T) {
	extension := func(name, member, code, pointer, says string) spoiled {
		return spoiled{name, `"id":"1"`, `"id":"1",` + member, code, pointer, says}
	}
	runSpoiled(t, []spoiled{
		extension("tenant in capitals", `"tenant":"North"`, "bad_attribute", "/tenant", "North"),
		extension("tenant with dot", `"tenant":"a.b"`, "bad_attribute", "/tenant", "a.b"),
		extension("tenant with wildcard", `"tenant":"*"`, "bad_attribute", "/tenant", "*"),
		extension("tenant with umlaut", `"tenant":"zürich"`, "bad_attribute", "/tenant", "zürich"),
		extension("empty tenant", `"tenant":""`, "bad_attribute", "/tenant", `""`),
		extension("tenant too long", `"tenant":"`+strings.Repeat("a", 65)+`"`, "bad_attribute", "/tenant", "a"),
		extension("tenant as number", `"tenant":7`, "bad_attribute", "/tenant", "7"),
		extension("negative revision", `"revision":-1`, "bad_attribute", "/revision", "-1"),
		extension("fractional revision", `"revision":1.5`, "bad_attribute", "/revision", "1.5"),
		extension("revision too high", `"revision":2147483648`, "bad_attribute", "/revision", "2147483648"),
		extension("revision as word", `"revision":"two"`, "bad_attribute", "/revision", "two"),
		extension("revision with sign", `"revision":"+2"`, "bad_attribute", "/revision", "+2"),
		extension("revision with zeros", `"revision":"02"`, "bad_attribute", "/revision", "02"),
		extension("empty revision", `"revision":""`, "bad_attribute", "/revision", `""`),
		extension("revision as boolean", `"revision":true`, "bad_attribute", "/revision", "boolean"),
		extension("revision as array", `"revision":[1]`, "bad_attribute", "/revision", "array"),
		extension("voided as number", `"voided":1`, "bad_attribute", "/voided", "1"),
		extension("voided as yes", `"voided":"yes"`, "bad_attribute", "/voided", "yes"),
		extension("voided in capitals", `"voided":"True"`, "bad_attribute", "/voided", "True"),
		extension("recordedtime as date", `"recordedtime":"2022-05-27"`, "bad_time", "/recordedtime", "RFC 3339"),
		extension("recordedtime in 1899", `"recordedtime":"1899-05-27T00:00:00Z"`, "bad_time", "/recordedtime", "outside"),
		extension("empty reason", `"reason":""`, "bad_attribute", "/reason", "empty"),
		extension("reason as object", `"reason":{"a":1}`, "bad_attribute", "/reason", "object"),
		extension("traceparent as word", `"traceparent":"abc"`, "bad_attribute", "/traceparent", "trace"),
		extension("traceparent in capitals", `"traceparent":"00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01"`, "bad_attribute", "/traceparent", "trace"),
		extension("capital in a name", `"recordedTime":"2022-05-27T18:00:00Z"`, "bad_attribute", "/recordedTime", "recordedtime"),
		extension("underscore in a name", `"recorded_time":"2022-05-27T18:00:00Z"`, "bad_attribute", "/recorded_time", "recordedtime"),
		extension("slip in a name", `"revison":3`, "bad_attribute", "/revison", "revision"),
		extension("empty name", `"":1`, "bad_attribute", "/", "name"),
		extension("slash in a name", `"a/b":1`, "bad_attribute", "/a~1b", "name"),
		extension("field outside data", `"person_id":"p-1"`, "bad_attribute", "/person_id", "under data"),
		extension("foreign object", `"context":{"a":1}`, "bad_attribute", "/context", "object"),
		extension("foreign array", `"tags":["a"]`, "bad_attribute", "/tags", "array"),
		extension("foreign fraction", `"score":0.5`, "bad_attribute", "/score", "0.5"),
		extension("foreign long", `"sequence":4294967296`, "bad_attribute", "/sequence", "32 bits"),
	})
}

func TestMalformedData(t *testing.T) {
	role := func(name, fresh, pointer, says string) spoiled {
		return spoiled{name, `"role":"participant"`, fresh, "schema", pointer, says}
	}
	person := func(name, value, says string) spoiled {
		return spoiled{name, `"p-1"`, value, "schema", "/data/person_id", says}
	}
	runSpoiled(t, []spoiled{
		{"unknown type", `attendance.recorded.v1`, `attendance.noted.v1`, "unknown_type", "/type", "attendance.noted.v1"},
		{"unknown version", `attendance.recorded.v1`, `attendance.recorded.v9`, "unknown_type", "/type", "did you mean attendance.recorded.v1"},
		{"no version", `attendance.recorded.v1`, `attendance.recorded`, "unknown_type", "/type", "did you mean attendance.recorded.v1"},
		{"misspelled type", `attendance.recorded.v1`, `atendance.recorded.v1`, "unknown_type", "/type", "did you mean attendance.recorded.v1"},
		{"foreign type", `attendance.recorded.v1`, `com.github.push`, "unknown_type", "/type", "schemas list"},
		role("missing member", `"minutes":1`, "/data/role", "missing"),
		role("null member", `"role":null`, "/data/role", "null"),
		role("enum value misspelled", `"role":"particpant"`, "/data/role", "did you mean participant"),
		role("enum value in capitals", `"role":"HOST"`, "/data/role", "did you mean host"),
		role("enum value empty", `"role":""`, "/data/role", "allowed are"),
		role("enum value as array", `"role":["host"]`, "/data/role", "array"),
		role("member misspelled", `"rolle":"host"`, "/data/rolle", "did you mean role"),
		role("member in capitals", `"Role":"host"`, "/data/Role", "did you mean role"),
		role("foreign member", `"role":"host","seat":"A1"`, "/data/seat", "unknown"),
		role("attribute in the data", `"role":"host","revision":2`, "/data/revision", "beside data"),
		role("member with a slash", `"role":"host","a/b~c":1`, "/data/a~1b~0c", "unknown"),
		role("empty member name", `"role":"host","":1`, "/data/", "unknown"),
		role("nested object", `"role":"host","group_id":{"id":"g"}`, "/data/group_id", "object"),
		role("minutes negative", `"role":"host","minutes":-1`, "/data/minutes", "least"),
		role("minutes fractional", `"role":"host","minutes":1.5`, "/data/minutes", "whole"),
		role("minutes quoted", `"role":"host","minutes":"90"`, "/data/minutes", "without quotes"),
		role("minutes enormous", `"role":"host","minutes":1e300`, "/data/minutes", "most allowed"),
		role("at as date", `"role":"host","at":"2022-05-27"`, "/data/at", "RFC 3339"),
		role("at empty", `"role":"host","at":""`, "/data/at", "RFC 3339"),
		role("at before 1900", `"role":"host","at":"1812-09-07T00:00:00Z"`, "/data/at", "outside"),
		role("at as number", `"role":"host","at":1653663600`, "/data/at", "number"),
		person("id empty", `""`, "characters"),
		person("id blank", `" "`, "space"),
		person("id with space before", `" p-1"`, "space"),
		person("id with space after", `"p-1 "`, "space"),
		person("id with newline", `"p\n1"`, "control"),
		person("id with zero byte", `"p\u0000"`, "control"),
		person("id as number", `1041`, "in quotes"),
		person("id as boolean", `false`, "in quotes"),
		person("id as object", `{"id":"p-1"}`, "object"),
		person("id too long", `"`+strings.Repeat("я", 257)+`"`, "257"),
	})
}

// runSpoiled asserts code, pointer and a word of the sentence, and that the bytes are refused as a batch element and as a line too.
func runSpoiled(t *testing.T, cases []spoiled) {
	t.Helper()
	registry := builtin(t)
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			event, err := take(registry, tc.raw(t))
			v := violation(t, err)
			if event != nil && v.Code != schemas.CodeSchema && v.Code != schemas.CodeUnknownType {
				t.Errorf("an event came with the error %v", err)
			}
			if v.Code != tc.code || v.Pointer != tc.pointer {
				t.Errorf("got %s at %q, want %s at %q: %v", v.Code, v.Pointer, tc.code, tc.pointer, v)
			}
			if !strings.Contains(v.Error(), tc.says) {
				t.Errorf("%q does not say %q", v.Error(), tc.says)
			}
		})
	}
}

func TestMalformedBinary(t *testing.T) {
	data := `{"gathering_id":"m-2022-05","person_id":"p-1","present":true,"role":"participant","method":"qr"}`
	for _, tc := range []struct{ name, attr, value, body, code, pointer string }{
		{"no body", "", "", "", "missing_attribute", "/data"},
		{"blank body", "", "", " \r\n", "missing_attribute", "/data"},
		{"body cut short", "", "", data[:20], "malformed_json", "/data/gathering_id"},
		{"body is text", "", "", "present", "malformed_json", "/data"},
		{"body is an array", "", "", "[" + data + "]", "malformed_json", "/data"},
		{"body is null", "", "", "null", "malformed_json", "/data"},
		{"body names a member twice", "", "", `{"a":1,"a":1}`, "duplicate_member", "/data/a"},
		{"body with invalid UTF-8", "", "", "{\"a\":\"\xfe\"}", "malformed_json", "/data/a"},
		{"body too deep", "", "", strings.Repeat("[", 64), "too_large", "/data"},
		{"no specversion", "specversion", "", data, "missing_attribute", "/specversion"},
		{"old specversion", "specversion", "0.2", data, "bad_attribute", "/specversion"},
		{"no id", "id", "", data, "missing_attribute", "/id"},
		{"id not UTF-8", "id", "\xff", data, "bad_attribute", "/id"},
		{"no time", "time", "", data, "missing_attribute", "/time"},
		{"bad time", "time", "today", data, "bad_time", "/time"},
		{"bad revision", "revision", "1e3", data, "bad_attribute", "/revision"},
		{"bad voided", "voided", "1", data, "bad_attribute", "/voided"},
		{"data in a header", "data", "{}", data, "bad_attribute", "/data"},
		{"base64 in a header", "data_base64", "e30=", data, "bad_attribute", "/data_base64"},
		{"form body", "datacontenttype", "application/x-www-form-urlencoded", data, "bad_attribute", "/datacontenttype"},
		{"capital name", "Tenant", "x", data, "bad_attribute", "/Tenant"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			attr := map[string]string{"specversion": "1.0", "id": "1", "source": "/door", "type": "attendance.recorded.v1", "time": "2022-05-27T18:00:00+03:00"}
			if tc.value != "" {
				attr[tc.attr] = tc.value
			} else {
				delete(attr, tc.attr)
			}
			event, err := schemas.DecodeBinary(attr, []byte(tc.body))
			v := violation(t, err)
			if event != nil || v.Code != tc.code || v.Pointer != tc.pointer {
				t.Errorf("got %s at %q, want %s at %q: %v", v.Code, v.Pointer, tc.code, tc.pointer, v)
			}
		})
	}
}
