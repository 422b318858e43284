package importer

import (
	"strings"
	"testing"
)

const goodRow = "2022-05-27 18:00,g-1,p-%,ja,Gast,30\n"

func good(person string) string { return strings.ReplaceAll(goodRow, "%", person) }

// TestMalformedRows gives one bad thing between two good rows: the bad one is
// reported with its line, column and reason, and both good ones go in.
func TestMalformedRows(t *testing.T) {
	long := strings.Repeat("x", MaxCell+1)
	cases := []struct {
		name, bad    string
		line         int
		code, column string
		words        string
	}{
		{"too few cells", "2022-05-27 18:00,g-1,p-2\n", 3, CodeRagged, "", "has 3 cells, the header has 6 columns"},
		{"too many cells", "2022-05-27 18:00,g-1,p-2,ja,Gast,30,surplus\n", 3, CodeRagged, "", "has 7 cells"},
		{"unquoted delimiter", "2022-05-27 18:00,g-1,Smith, J,ja,Gast,30\n", 3, CodeRagged, "", "put quotes around"},
		{"empty required", "2022-05-27 18:00,g-1,,ja,Gast,30\n", 3, CodeEmpty, "Person", "needs a value"},
		{"spaces only", "2022-05-27 18:00,g-1, \u00a0 ,ja,Gast,30\n", 3, CodeEmpty, "Person", "is empty"},
		{"empty time", ",g-1,p-2,ja,Gast,30\n", 3, CodeEmpty, "When", "is empty"},
		{"not a boolean", "2022-05-27 18:00,g-1,p-2,maybe,Gast,30\n", 3, CodeValue, "Present", `"maybe" is neither yes nor no`},
		{"not a role", "2022-05-27 18:00,g-1,p-2,ja,boss,30\n", 3, CodeValue, "Role", `"boss" is none of participant, speaker`},
		{"not an integer", "2022-05-27 18:00,g-1,p-2,ja,Gast,half\n", 3, CodeValue, "Minutes", "no whole number"},
		{"decimal integer", "2022-05-27 18:00,g-1,p-2,ja,Gast,1.5\n", 3, CodeValue, "Minutes", "no whole number"},
		{"two signs", "2022-05-27 18:00,g-1,p-2,ja,Gast,+-3\n", 3, CodeValue, "Minutes", "no whole number"},
		{"grouped integer", "2022-05-27 18:00,g-1,p-2,ja,Gast,\"1,200\"\n", 3, CodeValue, "Minutes", "no whole number"},
		{"integer out of range", "2022-05-27 18:00,g-1,p-2,ja,Gast,9007199254740993\n", 3, CodeValue, "Minutes", "no whole number"},
		{"huge integer", "2022-05-27 18:00,g-1,p-2,ja,Gast,99999999999999999999\n", 3, CodeValue, "Minutes", "no whole number"},
		{"schema minimum", "2022-05-27 18:00,g-1,p-2,ja,Gast,-5\n", 3, CodeSchema, "Minutes", "minutes"},
		{"schema length", "2022-05-27 18:00,g-1," + strings.Repeat("p", 2000) + ",ja,Gast,5\n", 3, CodeSchema, "Person", "person_id"},
		{"wrong layout", "27.05.2022 18:00,g-1,p-2,ja,Gast,30\n", 3, CodeTime, "When", "is not written like YYYY-MM-DD HH:mm"},
		{"no such day", "2022-02-29 18:00,g-1,p-2,ja,Gast,30\n", 3, CodeTime, "When", "February 2022 has no day 29"},
		{"no such month", "2022-13-01 18:00,g-1,p-2,ja,Gast,30\n", 3, CodeTime, "When", "is not written like"},
		{"hour 24", "2022-05-27 24:00,g-1,p-2,ja,Gast,30\n", 3, CodeTime, "When", "is not written like"},
		{"text behind the time", "2022-05-27 18:00h,g-1,p-2,ja,Gast,30\n", 3, CodeTime, "When", "is not written like"},
		{"before 1900", "1899-12-31 18:00,g-1,p-2,ja,Gast,30\n", 3, CodeTime, "When", "outside 1900 to 2100"},
		{"after 2100", "2101-01-01 00:00,g-1,p-2,ja,Gast,30\n", 3, CodeTime, "When", "outside 1900 to 2100"},
		{"clocks put forward", "2022-03-27 02:30,g-1,p-2,ja,Gast,30\n", 3, CodeTime, "When", "never showed 2022-03-27 02:30:00"},
		{"invalid UTF-8", "2022-05-27 18:00,g-1,p\xff2,ja,Gast,30\n", 3, CodeEncoding, "Person", "byte 0xFF is not utf-8"},
		{"cut UTF-8", "2022-05-27 18:00,g-1,p\xd0,ja,Gast,30\n", 3, CodeEncoding, "Person", "byte 0xD0 is not utf-8"},
		{"overlong UTF-8", "2022-05-27 18:00,g-1,p\xc0\xaf,ja,Gast,30\n", 3, CodeEncoding, "Person", "byte 0xC0"},
		{"surrogate in UTF-8", "2022-05-27 18:00,g-1,p\xed\xa0\x80,ja,Gast,30\n", 3, CodeEncoding, "Person", "byte 0xED"},
		{"replacement character", "2022-05-27 18:00,g-1,p\uFFFD,ja,Gast,30\n", 3, CodeEncoding, "Person", "damaged"},
		{"NUL", "2022-05-27 18:00,g-1,p\x002,ja,Gast,30\n", 3, CodeEncoding, "Person", "U+0000"},
		{"escape character", "2022-05-27 18:00,g-1,p\x1b[31m,ja,Gast,30\n", 3, CodeEncoding, "Person", "U+001B"},
		{"C1 control", "2022-05-27 18:00,g-1,p\u0085,ja,Gast,30\n", 3, CodeEncoding, "Person", "U+0085"},
		{"bad text in an unread place", "2022-05-27 18:00,g-1,p-2,ja,Gast,30,\xff\n", 3, CodeRagged, "", "has 7 cells"},
		{"text after a closing quote", "2022-05-27 18:00,g-1,\"p\"2,ja,Gast,30\n", 3, CodeQuote, "", "text follows a closing quote"},
		{"space after a closing quote", "2022-05-27 18:00,g-1,\"p-2\" ,ja,Gast,30\n", 3, CodeQuote, "", "text follows a closing quote"},
		{"space before a quote", "2022-05-27 18:00,g-1, \"p-2\",ja,Gast,30\n", 3, CodeQuote, "", "space stands before"},
		{"cell too long", "2022-05-27 18:00,g-1," + long + ",ja,Gast,30\n", 3, CodeTooLong, "", "longer than 64 KiB"},
		{"quoted cell too long", "2022-05-27 18:00,g-1,\"" + long + "\",ja,Gast,30\n", 3, CodeTooLong, "", "longer than 64 KiB"},
		{"row too long", strings.Repeat(strings.Repeat("y", 1000)+",", 1100) + "\n", 3, CodeTooLong, "", "longer than 1024 KiB"},
		{"too many columns", strings.Repeat(",", MaxColumns) + "x\n", 3, CodeTooLong, "", "more than 2000 cells"},
		{"bad cell behind a line break", "2022-05-27 18:00,\"g\n1\",p-2,ja,boss,30\n", 4, CodeValue, "Role", `"boss"`},
		{"not a year", "0000-01-01 00:00,g-1,p-2,ja,Gast,30\n", 3, CodeTime, "When", "outside 1900 to 2100"},
		{"Arabic digits", "٢٠٢٢-05-27 18:00,g-1,p-2,ja,Gast,30\n", 3, CodeTime, "When", "is not written like"},
		{"formula", "2022-05-27 18:00,g-1,p-2,ja,=1+1,30\n", 3, CodeValue, "Role", `"=1+1" is none of`},
	}
	mapping := mustMapping(t, sheet)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := importBytes(t, mapping, []byte(sheetHeader+good("1")+c.bad+good("9")))
			if got.err != nil {
				t.Fatal(got.err)
			}
			if len(got.events) != 2 || len(got.problems) != 1 || got.sum.Rejected != 1 {
				t.Fatalf("%d events, problems %v, summary %+v", len(got.events), got.problems, got.sum)
			}
			wantProblem(t, got.problems[0], c.line, c.code, c.column, c.words)
			if got.problems[0].File != "file.csv" {
				t.Errorf("the problem is in %q", got.problems[0].File)
			}
		})
	}
}

// TestMalformedFiles are files that cannot be used as a whole.
func TestMalformedFiles(t *testing.T) {
	cases := []struct {
		name, csv, mapping string
		file               string
		line               int
		code, words        string
	}{
		{"empty", "", sheet, "file.csv", 1, CodeHeader, "the file is empty"},
		{"blank lines only", "\n\n \n", sheet, "file.csv", 1, CodeHeader, "the file is empty"},
		{"byte order mark only", "\xef\xbb\xbf", sheet, "file.csv", 1, CodeHeader, "the file is empty"},
		{"column missing", "When,Gathering,Person,Present,Role\n", sheet, "mapping.yaml", 11, CodeHeader, `no column "Minutes"`},
		{"other delimiter", "When|Gathering|Person|Present|Role|Minutes\n", sheet, "mapping.yaml", 4, CodeHeader, `its header is: "When|Gathering`},
		{"declared delimiter is wrong", sheetHeader, "delimiter: tab\n" + sheet, "mapping.yaml", 5, CodeHeader, "which delimiter"},
		{"duplicate header", "When,Gathering,Person,person,Present,Role,Minutes\n", sheet, "mapping.yaml", 7, CodeHeader, `column 3 ("Person") or column 4 ("person")`},
		{"alias and column", "When,Gathering,Person,ID,Present,Role,Minutes\n", strings.Replace(sheet, "{column: Person}", "{column: Person, aliases: [ID]}", 1), "mapping.yaml", 7, CodeHeader, "could be column 3"},
		{"header not UTF-8", "When,Gathering,Person,Present,R\xf4le,Minutes\n", sheet, "file.csv", 1, CodeEncoding, "byte 0xF4 is not utf-8"},
		{"UTF-16 without mark", "W\x00h\x00e\x00n\x00", sheet, "file.csv", 1, CodeEncoding, "U+0000"},
		{"open quote in header", "\"When,Gathering\n" + good("1"), sheet, "file.csv", 1, CodeQuote, "the header cannot be read"},
		{"mark contradicts encoding", "\xef\xbb\xbf" + sheetHeader, "encoding: windows-1251\n" + sheet, "file.csv", 1, CodeEncoding, "byte order mark of utf-8"},
		{"utf-16 without any mark", sheetHeader, "encoding: utf-16\n" + sheet, "file.csv", 1, CodeEncoding, "no byte order mark"},
		{"too many columns", strings.Repeat("x,", MaxColumns+1) + "\n", sheet, "file.csv", 1, CodeTooLong, "more than 2000 cells"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := importText(t, c.mapping, c.csv)
			list := problemsOf(t, got.err)
			if len(got.events) != 0 {
				t.Errorf("%d events came out", len(got.events))
			}
			if list[0].File != c.file {
				t.Errorf("the problem is in %q, want %q", list[0].File, c.file)
			}
			wantProblem(t, list[0], c.line, c.code, "", c.words)
		})
	}
}

func TestUnclosedQuoteCostsOneRow(t *testing.T) {
	for name, tail := range map[string]string{
		"until the end": "",
		"for too long":  strings.Repeat("\n", 2) + strings.Repeat("2022-05-27 18:00,g-1,p-1,ja,Gast,30\n", MaxRecord/30),
	} {
		t.Run(name, func(t *testing.T) {
			got := importText(t, sheet, sheetHeader+good("1")+"2022-05-27 18:00,g-1,\"p-2,ja,Gast,30\n"+good("3")+good("4")+tail)
			if got.err != nil {
				t.Fatal(got.err)
			}
			if len(got.events) != 3 || len(got.problems) != 1 {
				t.Fatalf("%d events, problems %v", len(got.events), got.problems)
			}
			wantProblem(t, got.problems[0], 3, CodeQuote, "", "is not closed")
			if got.lines[1] != 4 || got.lines[2] != 5 {
				t.Errorf("events on lines %v, want 2, 4, 5", got.lines)
			}
		})
	}
}

func TestEveryBadCellOfARowIsReported(t *testing.T) {
	got := importText(t, sheet, sheetHeader+"yesterday,g-1,p-2,maybe,boss,x\n")
	if len(got.problems) != 4 || got.sum.Rejected != 1 {
		t.Fatalf("problems %v, summary %+v", got.problems, got.sum)
	}
	columns := make(map[string]bool)
	for _, p := range got.problems {
		columns[p.Column] = true
	}
	for _, want := range []string{"When", "Present", "Role", "Minutes"} {
		if !columns[want] {
			t.Errorf("nothing is said about %s", want)
		}
	}
}

func TestRowsThatAreNotErrors(t *testing.T) {
	csv := strings.TrimSpace(sheetHeader) + ",\n\n,,,,,\n" + // a header cell without a name, blank rows
		strings.Replace(good("1"), "30", "30,", 1) +
		"2022-05-27 18:00,g-1,p-1,yes,speaker,30,\n" + // says the same as the row before
		"2022-05-27 18:00, G-1 ,\"p \"\"2\"\"\",JA, gast ,,\"a\r\nb\",,\n" + // quotes, line break, spaces, surplus empty cells
		"2022-05-27 18:00,g-1,5\" p,-,Gast,,\n" // a quote inside; "-" is empty, so the default
	got := importText(t, sheet, csv)
	if got.err != nil || len(got.problems) > 0 {
		t.Fatalf("error %v, problems %v", got.err, got.problems)
	}
	want := []string{
		`{"gathering_id":"g-1","method":"sheet","minutes":30,"person_id":"p-1","present":true,"role":"speaker"}`,
		`{"gathering_id":"G-1","method":"sheet","person_id":"p \"2\"","present":true,"role":"speaker"}`,
		`{"gathering_id":"g-1","method":"sheet","person_id":"5\" p","present":true,"role":"speaker"}`,
	}
	if len(got.events) != len(want) {
		t.Fatalf("%d events, want %d", len(got.events), len(want))
	}
	for i, e := range got.events {
		if string(e.Data) != want[i] {
			t.Errorf("event %d is %s\nwant %s", i, e.Data, want[i])
		}
	}
	if got.lines[1] != 6 || got.lines[2] != 8 {
		t.Errorf("events on lines %v, want 4, 6, 8", got.lines)
	}
	if len(got.notes) != 1 || got.sum.Repeated != 1 || got.sum.Blank != 2 {
		t.Fatalf("notes %v, summary %+v", got.notes, got.sum)
	}
	wantProblem(t, got.notes[0], 5, CodeDuplicate, "", "says the same as line 4")
}
