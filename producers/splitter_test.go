package producers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// split reads everything and holds what must hold for any input.
func split(tb testing.TB, content []byte) []fileEvent {
	tb.Helper()
	s := newSplitter(bytes.NewReader(content))
	var found []fileEvent
	line := 1
	for {
		event, err := s.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			tb.Fatal(err)
		}
		if (event.err == nil) == (len(event.raw) == 0) {
			tb.Fatalf("an event must have bytes or a reason, one of them: %+v", event)
		}
		if event.line < line || event.line > 1+bytes.Count(content, []byte("\n")) {
			tb.Fatalf("line %d after line %d", event.line, line)
		}
		line = event.line
		if found = append(found, event); len(found) > len(content)+2 {
			tb.Fatal("more events than bytes")
		}
	}
	return found
}

func FuzzSplitter(f *testing.F) {
	for _, seed := range []string{"", "[", "[]", "{}\n{}", "[{},\n{}]", "{\n\"a\":1}\n{", "\xef\xbb\xbf[1,,\"]\",", "\v", "[]]", "{\"a\\", "x\n\ny"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) { split(t, content) })
}

// Any JSON objects come out whole, in order and at their lines, in every form
// of file; and bad lines between lines take nothing with them.
func TestSplitterFindsAll(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		count := rapid.IntRange(0, 8).Draw(rt, "objects")
		array := rapid.Bool().Draw(rt, "array")
		var content strings.Builder
		var want []string
		if array {
			content.WriteString(" [")
		}
		for i := range count {
			object := rapid.MapOf(rapid.String(), rapid.String()).Draw(rt, "object")
			text, err := json.Marshal(object)
			if err == nil && rapid.Bool().Draw(rt, "pretty") {
				text, err = json.MarshalIndent(object, "", " ")
			}
			if err != nil {
				rt.Fatal(err)
			}
			if array && i > 0 {
				content.WriteString(rapid.SampledFrom([]string{",", " ,\n", ",\r\n\t"}).Draw(rt, "comma"))
			}
			line := 1 + strings.Count(content.String(), "\n")
			content.Write(text)
			want = append(want, fmt.Sprintf("%d %s", line, text))
			if array {
				continue
			}
			content.WriteString(rapid.SampledFrom([]string{"\n", "\r\n", "\n\n"}).Draw(rt, "end"))
			if rapid.Bool().Draw(rt, "bad line") {
				content.WriteString(rapid.SampledFrom([]string{"x", "{", `{"a":"`, `"{`, "]", "{}}", `{"a":[`}).Draw(rt, "bad"))
				content.WriteString(rapid.SampledFrom([]string{"\n", "\r\n", "\n\r\n\n"}).Draw(rt, "bad end"))
			}
		}
		if array {
			content.WriteString("\n] ")
		}
		var got []string
		for _, event := range split(t, []byte(content.String())) {
			if event.err != nil {
				rt.Fatalf("%q: %v", content.String(), event.err)
			}
			if json.Valid(event.raw) && event.raw[0] == '{' {
				got = append(got, fmt.Sprintf("%d %s", event.line, event.raw))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Errorf("%q: %s", content.String(), diff)
		}
	})
}

func BenchmarkSplitter(b *testing.B) {
	content := bytes.Repeat([]byte(`{"specversion":"1.0","id":"event-000001","source":"/test","type":"attendance.recorded.v1","time":"2022-05-27T18:00:00Z",`+
		`"data":{"gathering_id":"m-1","person_id":"p-000001","present":true,"role":"participant","method":"desk"}}`+"\n"), 1000)
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		if len(split(b, content)) != 1000 {
			b.Fatal("not all were found")
		}
	}
}
