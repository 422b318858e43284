package export_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/turnout/turnout/dashboards/export"
	"github.com/turnout/turnout/dashboards/reporting"
)

// injections are texts that a spreadsheet would run, were they cells of a CSV file.
func injections() []string {
	return []string{"=1+1", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "=HYPERLINK(\"http://x\",\"y\")", "<script>alert(1)</script>", "a|b\nc"}
}

// table has every type of value, and what is awkward of each.
func table(t *testing.T) *export.Table {
	t.Helper()
	kathmandu, err := time.LoadLocation("Asia/Kathmandu")
	if err != nil {
		t.Fatal(err)
	}
	measure, dimension := reporting.MeasureRole, reporting.DimensionRole
	out := &export.Table{
		Name: "attendance", Title: "Attendance", Question: "Who came?", Definition: "Distinct persons\npresent.", Tenant: "ambassadors",
		Location: kathmandu, AsOf: time.Date(2026, 11, 21, 18, 30, 0, 0, time.UTC), Settings: []export.Line{{Label: "From", Text: "2024"}}, Total: -1,
		Columns: []reporting.Column{
			{Name: "title", Type: reporting.String, Title: "Gathering", Role: dimension, Description: "What it is called."},
			{Name: "class", Type: reporting.Integer, Title: "Class", Role: dimension},
			{Name: "on", Type: reporting.Date, Title: "Day", Role: dimension},
			{Name: "starts_at", Type: reporting.DateTime, Title: "Starts", Role: reporting.AttributeRole},
			{Name: "attended", Type: reporting.Integer, Title: "Attended", Unit: "persons", Role: measure},
			{Name: "new_share", Type: reporting.Number, Title: "Share of new", Unit: "share", Role: measure},
			{Name: "hours", Type: reporting.Number, Title: "Hours", Unit: "hours", Role: measure},
			{Name: "unfinished", Type: reporting.Boolean, Title: "Unfinished", Role: reporting.AttributeRole},
		},
		Rows: [][]any{
			{"Second meeting", int64(2015), day(2022, 5, 27), time.Date(2022, 5, 27, 18, 15, 0, 0, time.UTC), int64(49), 14.0 / 49, 12.5, false},
			{"Кириллица 🎓", nil, nil, nil, nil, nil, nil, nil},
			{"", int64(1898), day(1898, 1, 2), time.Date(1899, 12, 31, 19, 0, 0, 0, time.UTC), int64(0), 0.0, math.NaN(), true},
			{"big", int64(1), day(1969, 12, 31), time.Date(1969, 12, 31, 23, 59, 59, 0, time.UTC), int64(9_007_199_254_740_993), 1.0, 1e-7, true},
			{"small", int64(2), day(2024, 2, 29), time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), int64(3), 0.5, 3.0, true},
		},
		Hidden: map[export.Place]string{{Row: 4, Column: 4}: "fewer than 5"},
	}
	for _, text := range injections() {
		out.Rows = append(out.Rows, []any{text, nil, nil, nil, int64(1), nil, nil, nil})
	}
	return out
}

func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
}

func written(t *testing.T, table *export.Table, form reporting.Format) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := table.Write(&out, form); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func workbook(t *testing.T, table *export.Table) *excelize.File {
	t.Helper()
	file, err := excelize.OpenReader(bytes.NewReader(written(t, table, export.XLSX)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	})
	return file
}

func TestSpreadsheet(t *testing.T) {
	t.Parallel()
	in := table(t)
	file := workbook(t, in)
	if diff := cmp.Diff([]string{"attendance", "About"}, file.GetSheetList()); diff != "" {
		t.Fatal(diff)
	}
	shown, err := file.GetRows("attendance")
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"Gathering", "Class", "Day", "Starts", "Attended", "Share of new", "Hours", "Unfinished"},
		{"Second meeting", "2015", "2022-05-27", "2022-05-28 00:00", "49", "28.6%", "12.5", "FALSE"},
		{"Кириллица 🎓"},
		{"", "1898", "1898-01-02", "1900-01-01T00:41:16+05:41", "0", "0.0%", "", "TRUE"},
		{"big", "1", "1969-12-31", "1970-01-01 05:29", "9007199254740993", "100.0%", "0.000", "TRUE"},
		{"small", "2", "2024-02-29", "2024-02-29 05:45", "fewer than 5", "50.0%", "3.0", "TRUE"},
	}
	if diff := cmp.Diff(want, shown[:len(want)]); diff != "" {
		t.Errorf("as shown (-want +got):\n%s", diff)
	}
	for cell, want := range map[string]excelize.CellType{
		"A2": excelize.CellTypeInlineString, "B2": excelize.CellTypeUnset, "C2": excelize.CellTypeUnset, "E2": excelize.CellTypeUnset, "H2": excelize.CellTypeBool,
		"E5": excelize.CellTypeInlineString, "E6": excelize.CellTypeInlineString,
	} {
		if got, err := file.GetCellType("attendance", cell); err != nil || got != want {
			t.Errorf("%s is of type %d (%v), want %d", cell, got, err, want)
		}
	}
	panes, err := file.GetPanes("attendance")
	if err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("the head does not stay: %+v %v", panes, err)
	}
	if width, err := file.GetColWidth("attendance", "D"); err != nil || width < 16 {
		t.Errorf("the times are %v wide: %v", width, err)
	}
	about, err := file.GetRows("About")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range [][]string{
		{"Report", "Attendance (attendance)"}, {"Definition", "Distinct persons present."}, {"Community", "ambassadors"}, {"From", "2024"},
		{"Time zone", "Asia/Kathmandu"}, {"As of", "2026-11-22 00:15:00 +05:45"}, {"Attended", "", "attended", "persons"},
	} {
		found := false
		for _, row := range about {
			found = found || cmp.Equal(row, want)
		}
		if !found {
			t.Errorf("About does not say %q:\n%q", want, about)
		}
	}
}

// What is in the file is as exact as spreadsheets are: 15 digits, whatever a cell shows.
func TestSpreadsheetKeepsDigits(t *testing.T) {
	t.Parallel()
	raw := written(t, table(t), export.XLSX)
	archive, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := archive.Open("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(sheet)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<v>0.285714285714285</v>", "<v>0.0000001</v>", "<v>49</v>", "<v>44708</v>"} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("the sheet does not have %s", want)
		}
	}
	if bytes.Contains(text, []byte("<f>")) || bytes.Contains(text, []byte("NaN")) {
		t.Error("the sheet has a formula, or what is no number")
	}
}

// Whatever a text begins with, it is a text and not a formula.
func TestSpreadsheetRunsNothing(t *testing.T) {
	t.Parallel()
	file := workbook(t, table(t))
	for i, want := range injections() {
		cell := fmt.Sprint("A", 7+i)
		if formula, err := file.GetCellFormula("attendance", cell); err != nil || formula != "" {
			t.Errorf("%s is the formula %s (%v)", cell, formula, err)
		}
		got, err := file.GetCellValue("attendance", cell)
		kind, kindErr := file.GetCellType("attendance", cell)
		if err != nil || kindErr != nil || kind != excelize.CellTypeInlineString || strings.ReplaceAll(got, "\r", "\n") != strings.ReplaceAll(want, "\r", "\n") {
			t.Errorf("%s is %q of type %d, want the text %q (%v %v)", cell, got, kind, want, err, kindErr)
		}
	}
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	text := string(written(t, table(t), export.Markdown))
	want := `# Attendance

| Gathering                     | Class | Day        | Starts           |         Attended | Share of new |     Hours | Unfinished |
| ----------------------------- | ----: | ---------- | ---------------- | ---------------: | -----------: | --------: | ---------- |
| Second meeting                |  2015 | 2022-05-27 | 2022-05-28 00:00 |               49 |       28.6 % |      12.5 | false      |
| Кириллица 🎓                  |     – | –          | –                |                – |            – |         – | –          |
`
	if !strings.HasPrefix(text, want) {
		t.Errorf("it begins\n%s\nwant\n%s", text[:min(len(text), 1200)], want)
	}
	for _, want := range []string{"|     fewer than 5 |", `\<script\>`, `a\|b c`, "- **Definition:** Distinct persons present.\n", "- **Time zone:** Asia/Kathmandu\n", "- **–:** not recorded or not defined; never 0\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not have %q:\n%s", want, text)
		}
	}
}

func TestComments(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	in := table(t)
	in.Settings = append(in.Settings, export.Line{Label: "Faculty", Text: "a\n=b"})
	if err := in.WriteComments(&out); err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(out.String(), "\n"), "\n") {
		if !strings.HasPrefix(line, "# ") {
			t.Errorf("%q is no comment", line)
		}
	}
	reader := csv.NewReader(strings.NewReader(out.String() + "a,b\n1,2\n"))
	reader.Comment = '#'
	if rows, err := reader.ReadAll(); err != nil || len(rows) != 2 {
		t.Errorf("%v %v", rows, err)
	}
	if !strings.Contains(out.String(), "# Definition: Distinct persons present.\n") {
		t.Error(out.String())
	}
}

func TestFileNames(t *testing.T) {
	t.Parallel()
	in := table(t)
	if got := in.FileName(export.XLSX); got != "attendance_2026-11-22_ambassadors.xlsx" {
		t.Error(got)
	}
	in.Part, in.Shareable = "new_members", true
	if got := in.FileName(export.Markdown); got != "attendance_new_members_2026-11-22_ambassadors_shareable.md" {
		t.Error(got)
	}
}

func TestRussianLabels(t *testing.T) {
	t.Parallel()
	in := table(t)
	in.Language = "ru"
	if text := string(written(t, in, export.Markdown)); !strings.Contains(text, "- **Часовой пояс:** Asia/Kathmandu\n") {
		t.Error(text)
	}
	if sheets := workbook(t, in).GetSheetList(); sheets[1] != "О данных" {
		t.Error(sheets)
	}
}
