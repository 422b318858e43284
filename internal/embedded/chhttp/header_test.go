package chhttp

import (
	"strings"
	"testing"
)

func TestHeader(t *testing.T) {
	for _, test := range []struct{ format, first, header string }{
		{"CSVWithNames", "\"a\n\"\"b\",\"c\"\n1,2\n", "\"a\n\"\"b\",\"c\"\n"},
		{"CSVWithNamesAndTypes", "\"a\"\n\"UInt8\"\n1\n", "\"a\"\n\"UInt8\"\n"},
		{"TSVWithNames", "a\\nb\tc\n1\t2\n", "a\\nb\tc\n"},
		{"TabSeparatedRawWithNamesAndTypes", "a\nString\nx\n", "a\nString\n"},
		{"JSONCompactEachRowWithNames", "[\"a\"]\n[1]\n", "[\"a\"]\n"},
		{"RowBinaryWithNames", "\x02\x01a\x02bc\x07", "\x02\x01a\x02bc"},
		{"RowBinaryWithNamesAndTypes", "\x01\x01a\x05UInt8\x07", "\x01\x01a\x05UInt8"},
	} {
		h := newHeader(test.format)
		if h == nil {
			t.Errorf("%s has no header", test.format)
			continue
		}
		first, err := h.strip([]byte(test.first))
		if err != nil || string(first) != test.first || string(h.bytes) != test.header {
			t.Errorf("%s: %q, header %q, %v", test.format, first, h.bytes, err)
		}
		if rest, err := h.strip([]byte(test.header + "rest")); err != nil || string(rest) != "rest" {
			t.Errorf("%s: %q, %v", test.format, rest, err)
		}
		if _, err := h.strip([]byte("other")); err == nil {
			t.Errorf("%s: a piece without its header was taken", test.format)
		}
	}
	for _, format := range []string{"CSV", "JSON", "Native", "RowBinary", "CustomSeparatedWithNames", "RowBinaryWithNamesX"} {
		if newHeader(format) != nil {
			t.Errorf("%s has a header", format)
		}
	}
	if _, err := newHeader("RowBinaryWithNames").strip([]byte("\x05\x01a")); err == nil {
		t.Error("half a header was taken")
	}
}

// FuzzHeader holds that a header lies in its piece, whatever the piece is.
func FuzzHeader(f *testing.F) {
	f.Add("RowBinaryWithNamesAndTypes", "\x01\x01a\x05UInt8\x07")
	f.Add("CSVWithNames", "\"a\"\n1\n")
	f.Add("TSVWithNamesAndTypes", strings.Repeat("a\n", 3))
	f.Fuzz(func(t *testing.T, format, piece string) {
		h := newHeader(format)
		if h == nil {
			return
		}
		if first, err := h.strip([]byte(piece)); err == nil && (string(first) != piece || !strings.HasPrefix(piece, string(h.bytes))) {
			t.Fatalf("%s of %q: header %q", format, piece, h.bytes)
		}
	})
}
