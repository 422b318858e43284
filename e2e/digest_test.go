package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// load puts the community of the example in and waits until all of it is stored.
func (h *house) load(folder string) {
	h.t.Helper()
	if out := h.run("", "load", folder); out.code != 0 {
		h.t.Fatalf("load %s: %s%s", folder, out.stdout, out.stderr)
	}
	eventually(h.t, 60*time.Second, "everything to be stored", func() error {
		status, body := h.get("/v1/status")
		var answer struct{ Stream struct{ Pending *int } }
		if err := json.Unmarshal(body, &answer); err != nil || answer.Stream.Pending == nil || *answer.Stream.Pending != 0 {
			return fmt.Errorf("%d %s", status, body)
		}
		return nil
	})
}

// cells reads the table below a heading of a Markdown text, by its first column.
func cells(t *testing.T, text, heading string) map[string][]string {
	t.Helper()
	_, rest, found := strings.Cut(text, "\n## "+heading+"\n\n")
	if !found {
		t.Fatalf("there is no %q in\n%s", heading, text)
	}
	table, _, _ := strings.Cut(rest, "\n\n")
	rows := map[string][]string{}
	for line := range strings.SplitSeq(table, "\n") {
		parts := strings.Split(strings.Trim(line, "|"), "|")
		for i := range parts {
			parts[i] = strings.TrimSpace(parts[i])
		}
		rows[parts[0]] = parts[1:]
	}
	return rows
}

// TestDigestIsItsReports: every figure of the digest is the one that the report gives, and the files have the same.
func TestDigestIsItsReports(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.load(filepath.Join("..", "examples", "ambassador-meeting"))
	h.env = append(h.env, "TURNOUT_TENANT=ambassadors")
	digest := h.run("", "report", "digest", "--to", "2022-05")
	if digest.code != 0 {
		t.Fatalf("digest: %+v", digest)
	}
	headline := cells(t, digest.stdout, "Headline figures")
	rows := h.rows("activity", "tenant=ambassadors&grain=month&from=2022-05-01&to=2022-05-31&compare=year")
	if len(rows) != 1 || rows[0]["attendees"] == nil {
		t.Fatalf("the activity is %v", rows)
	}
	for label, measure := range map[string]string{"Gatherings": "gatherings", "Attendees": "attendees", "Attendances": "attendances", "First-timers": "first_timers", "Joined": "joined", "Not recorded": "not_recorded"} {
		for i, name := range []string{measure, measure + "_year_before"} {
			want := "–"
			if n, known := rows[0][name].(float64); known {
				want = strconv.FormatFloat(n, 'f', -1, 64)
			}
			if len(headline[label]) <= i || headline[label][i] != want {
				t.Errorf("%s of the digest is %v, %s of the report %s", label, headline[label], name, want)
			}
		}
	}
	if !strings.Contains(digest.stdout, "| Ambassadors' meeting, May ") || !strings.Contains(digest.stdout, "Time zone Europe/Moscow") {
		t.Errorf("the digest is\n%s", digest.stdout)
	}
	gatherings := cells(t, digest.stdout, "Gatherings")["Ambassadors' meeting, May"]
	attendance := h.rows("attendance", "tenant=ambassadors&from=2022-05-01&to=2022-05-31")
	if len(attendance) == 0 || len(gatherings) < 3 || gatherings[1] != fmt.Sprint(attendance[0]["attended"]) || gatherings[2] != fmt.Sprint(attendance[0]["new_members"]) {
		t.Errorf("the gathering is %v in the digest and %v in the report", gatherings, attendance)
	}
	page := filepath.Join(t.TempDir(), "page.html")
	if out := h.run("", "report", "digest", "--to", "2022-05", "--view", "shareable", "-o", page); out.code != 0 {
		t.Errorf("%+v", out)
	}
	if text, err := os.ReadFile(page); err != nil || !strings.Contains(string(text), "<title>Digest: ambassadors, 2022-05</title>") || strings.Contains(string(text), "Who joined") {
		t.Errorf("the page is %s (%v)", text, err)
	}
}

// TestReportFiles reads the spreadsheet that the command line wrote, cell by cell, beside the API's answer.
func TestReportFiles(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.load(filepath.Join("..", "examples", "ambassador-meeting"))
	name := filepath.Join(t.TempDir(), "attendance.xlsx")
	if out := h.run("", "report", "attendance", "--tenant", "ambassadors", "--output", name); out.code != 0 {
		t.Fatalf("%+v", out)
	}
	file, err := excelize.OpenFile(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	}()
	sheet, err := file.GetRows("attendance", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	want := h.rows("attendance", "tenant=ambassadors")
	if len(sheet) != len(want)+1 {
		t.Fatalf("%d rows in the spreadsheet, %d in the answer", len(sheet)-1, len(want))
	}
	attended := -1
	for i, head := range sheet[0] {
		if head == "Attended" {
			attended = i
		}
	}
	for n, row := range want {
		got, expected := "", ""
		if attended >= 0 && attended < len(sheet[n+1]) {
			got = sheet[n+1][attended]
		}
		if row["attended"] != nil {
			expected = fmt.Sprint(row["attended"])
		}
		if got != expected || sheet[n+1][0] != fmt.Sprint(row["gathering_id"]) {
			t.Errorf("row %d is %v, want %v", n, sheet[n+1], row)
		}
	}
	for _, form := range []string{"csv", "ndjson", "markdown", "parquet"} {
		out := h.run("", "report", "attendance", "--tenant", "ambassadors", "--format", form)
		status, body := h.get("/v1/reports/attendance?" + url.Values{"tenant": {"ambassadors"}, "format": {form}}.Encode())
		if form == "markdown" || form == "parquet" { // they tell the moment
			if out.code != 0 || len(out.stdout) == 0 || status != 200 {
				t.Errorf("%s: %+v", form, out)
			}
			continue
		}
		if out.code != 0 || status != 200 || out.stdout != string(body) {
			t.Errorf("%s: the command line has %q, the API %d %q", form, out.stdout, status, body)
		}
	}
}
