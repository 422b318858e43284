package schemas_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/turnout/turnout/schemas"
)

func TestSplitBatch(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		want []string
	}{
		"empty":            {" [ ] ", []string{}},
		"one":              {`[{"a":1}]`, []string{`{"a":1}`}},
		"white space":      {"\n[ {\"a\": [1, {}]} ,\t{} ]\r\n", []string{`{"a": [1, {}]}`, `{}`}},
		"tricky strings":   {`[{"a":"]}\""},{"b\\":"[,{"}]`, []string{`{"a":"]}\""}`, `{"b\\":"[,{"}`}},
		"no objects":       {`[1 , "x" , [ ] ,null]`, []string{`1`, `"x"`, `[ ]`, `null`}},
		"bad inside":       {`[{"a":tru},{"a":1,"a":2}]`, []string{`{"a":tru}`, `{"a":1,"a":2}`}},
		"invalid UTF-8 in": {"[{\"a\":\"\xff\"}]", []string{"{\"a\":\"\xff\"}"}},
	} {
		t.Run(name, func(t *testing.T) {
			events, err := schemas.SplitBatch([]byte(tc.body))
			if err != nil {
				t.Fatal(err)
			}
			got := []string{}
			for _, event := range events {
				got = append(got, string(event))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("elements (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSplitBatchRefuses(t *testing.T) {
	for name, body := range map[string]string{
		"nothing": "", "blank": "  ", "object": "{}", "text": "hello", "open": "[", "open after one": `[{"a":1}`, "open after comma": `[{"a":1},`,
		"no comma": `[{} {}]`, "two commas": `[{},,{}]`, "comma first": `[,{}]`, "comma last": `[{},]`, "cut object": `[{"a":1`, "cut string": `[{"a":"1}]`,
		"trailing": `[{}]x`, "two arrays": `[][]`, "nonsense": `[nonsense]`, "bare word": `[{}, tru]`, "brace for bracket": `[{}}`, "byte order mark": "\xef\xbb\xbf[]", "colon": `[{}:{}]`,
	} {
		t.Run(name, func(t *testing.T) {
			events, err := schemas.SplitBatch([]byte(body))
			v := violation(t, err)
			if events != nil || v.Code != schemas.CodeMalformedJSON || !strings.Contains(v.Detail, "line 1, column") {
				t.Errorf("got %s, %v", events, v)
			}
		})
	}
}

func TestSplitLines(t *testing.T) {
	got := []string{}
	for _, line := range schemas.SplitLines([]byte("{\"a\":1}\r\n\n  \n{\"b\":\"\\n\"}\n\t{}")) {
		got = append(got, string(line))
	}
	if diff := cmp.Diff([]string{`{"a":1}`, `{"b":"\n"}`, `{}`}, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if lines := schemas.SplitLines(nil); len(lines) != 0 {
		t.Errorf("nothing has %d lines", len(lines))
	}
}

func TestDecodeHeaderValue(t *testing.T) {
	for value, want := range map[string]string{
		"": "", "plain": "plain", " padded\t": "padded", "Euro%20%E2%82%AC%20%F0%9F%98%80": "Euro € 😀", "100%25": "100%", `"with \"quotes\" %C3%BC"`: `with "quotes" ü`,
		"ü": "ü", `"`: `"`, `""`: "", "%22": `"`, "a+b": "a+b", `"\"`: `\`,
	} {
		if got, err := schemas.DecodeHeaderValue(value); err != nil || got != want {
			t.Errorf("DecodeHeaderValue(%q) = %q, %v; want %q", value, got, err, want)
		}
	}
	for _, value := range []string{"100%", "%2", "%zz", "%C3", "%ff", "\xff", "%F0%9F%98", "%ED%A0%80"} {
		if got, err := schemas.DecodeHeaderValue(value); err == nil {
			t.Errorf("DecodeHeaderValue(%q) = %q", value, got)
		} else if v := violation(t, err); v.Code != schemas.CodeBadAttribute || v.Hint == "" {
			t.Errorf("DecodeHeaderValue(%q): %+v", value, v)
		}
	}
}
