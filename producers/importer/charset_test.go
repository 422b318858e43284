package importer

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

const members = `type: member.registered.v1
source: urn:x
zone: Europe/Moscow
data:
  person_id: {column: Номер}
  kind: {const: alumnus}
  status: {column: Статус, values: {амбассадор: ambassador}}
  joined_at: {column: Вступил, date: D MMMM YYYY}
`

func encoded(t *testing.T, enc encoding.Encoding, text string) []byte {
	t.Helper()
	raw, err := enc.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestEncodings writes one table in every encoding and wants the same events.
func TestEncodings(t *testing.T) {
	const text = "Номер;Статус;Вступил\nж-1;Амбассадор;1 марта 2022\n\"ж;2\";амбассадор;31 декабря 1999\n"
	cases := []struct {
		name, declared, detected string
		raw                      []byte
	}{
		{"plain", "", "utf-8", []byte(text)},
		{"declared", "UTF8", "utf-8", []byte(text)},
		{"with mark", "", "utf-8", []byte("\xef\xbb\xbf" + text)},
		{"with mark, declared", "utf-8", "utf-8", []byte("\xef\xbb\xbf" + text)},
		{"utf-16le by mark", "", "utf-16le", encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), text)},
		{"utf-16be by mark", "", "utf-16be", encoded(t, unicode.UTF16(unicode.BigEndian, unicode.UseBOM), text)},
		{"utf-16 declared", "utf-16", "utf-16be", encoded(t, unicode.UTF16(unicode.BigEndian, unicode.UseBOM), text)},
		{"utf-16le declared, with mark", "utf-16le", "utf-16le", encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), text)},
		{"utf-16le without mark", "utf-16le", "utf-16le", encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), text)},
		{"utf-16be without mark", "utf-16be", "utf-16be", encoded(t, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), text)},
		{"windows-1251", "windows-1251", "windows-1251", encoded(t, charmap.Windows1251, text)},
		{"cp1251, CRLF", "cp1251", "windows-1251", encoded(t, charmap.Windows1251, strings.ReplaceAll(text, "\n", "\r\n"))},
		{"old Mac line ends", "", "utf-8", []byte(strings.ReplaceAll(text, "\n", "\r"))},
		{"tabs", "", "utf-8", []byte(strings.NewReplacer("ж;2", "ж;2", ";", "\t").Replace(text))},
		{"spreadsheet's sep line", "", "utf-8", []byte("sep=;\r\n" + text)},
	}
	var ids []string
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			mapping := members
			if c.declared != "" {
				mapping = "encoding: " + c.declared + "\n" + members
			}
			got := importBytes(t, mustMapping(t, mapping), c.raw)
			if got.err != nil || len(got.problems) > 0 || len(got.events) != 2 {
				t.Fatalf("error %v, problems %v, %d events", got.err, got.problems, len(got.events))
			}
			want := `{"joined_at":"2022-02-28T21:00:00Z","kind":"alumnus","person_id":"ж-1","status":"ambassador"}`
			if string(got.events[0].Data) != want {
				t.Errorf("data is %s, want %s", got.events[0].Data, want)
			}
			if got.sum.Encoding != c.detected {
				t.Errorf("encoding is %s, want %s", got.sum.Encoding, c.detected)
			}
			for i, e := range got.events {
				if len(ids) == i {
					ids = append(ids, e.ID)
				}
				if e.ID != ids[i] {
					t.Errorf("the encoding changes the id: %s and %s", e.ID, ids[i])
				}
			}
		})
	}
}

// TestBadBytes: a byte that an encoding does not have costs its row only.
func TestBadBytes(t *testing.T) {
	const text = "Номер;Статус;Вступил\nж-1;амбассадор;1 марта 2022\nж?2;амбассадор;1 марта 2022\nж-3;амбассадор;1 марта 2022\n"
	utf16le := encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), strings.Replace(text, "?", "", 1))
	half := append([]byte{}, utf16le...)
	before, _, _ := strings.Cut(text, "?")
	at := len(encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), before))
	half[at], half[at+1] = 0x3D, 0xD8 // the first half of a surrogate pair alone
	cases := []struct {
		name, declared string
		raw            []byte
		good           int
		line           int
		words          string
	}{
		{"windows-1251", "windows-1251", replaceByte(encoded(t, charmap.Windows1251, text), '?', 0x98), 2, 3, "damaged"},
		{"half a surrogate pair", "", half, 2, 3, "damaged"},
		{"half a unit at the end", "", utf16le[:len(utf16le)-1], 2, 4, "damaged"},
		{"windows text called latin", "", []byte(strings.Replace(text, "?", "\x93", 1)), 2, 3, "0x93 is not utf-8"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			mapping := members
			if c.declared != "" {
				mapping = "encoding: " + c.declared + "\n" + members
			}
			got := importBytes(t, mustMapping(t, mapping), c.raw)
			if got.err != nil || len(got.events) != c.good || len(got.problems) != 1 {
				t.Fatalf("error %v, %d events, problems %v", got.err, len(got.events), got.problems)
			}
			if p := got.problems[0]; p.Line != c.line || p.Code != CodeEncoding || !strings.Contains(p.Error(), c.words) {
				t.Errorf("problem is %v", p)
			}
		})
	}
}

func replaceByte(raw []byte, from, to byte) []byte {
	out := append([]byte{}, raw...)
	out[bytes.IndexByte(raw, from)] = to
	return out
}

func TestWesternEncodings(t *testing.T) {
	for declared, enc := range map[string]encoding.Encoding{"windows-1252": charmap.Windows1252, "iso-8859-1": charmap.ISO8859_1, "latin1": charmap.ISO8859_1} {
		mapping := "encoding: " + declared + "\n" + strings.Replace(members, "Номер", "Numéro", 1)
		mapping = strings.NewReplacer("Статус", "Etat", "амбассадор", "élève", "Вступил", "Début", "D MMMM YYYY", "DD/MM/YYYY").Replace(mapping)
		got := importBytes(t, mustMapping(t, mapping), encoded(t, enc, "Numéro,Etat,Début\nnº1,ÉLÈVE,01/03/2022\n"))
		if got.err != nil || len(got.events) != 1 || !strings.Contains(string(got.events[0].Data), `"person_id":"nº1"`) {
			t.Errorf("%s: error %v, problems %v", declared, got.err, got.problems)
		}
	}
	// The euro sign is 0x80 in windows-1252 and a control character in iso-8859-1.
	mapping := "encoding: iso-8859-1\n" + attend
	got := importBytes(t, mustMapping(t, mapping), []byte("T,P\n2022-05-27 18:00,\x80\n"))
	if len(got.problems) != 1 || got.problems[0].Code != CodeEncoding {
		t.Errorf("0x80 as iso-8859-1: %v", got.problems)
	}
}
