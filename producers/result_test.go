package producers_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"github.com/turnout/turnout/producers"
)

// A report that is written by hand is what encoding/json writes.
func TestReportInJSON(t *testing.T) {
	t.Parallel()
	text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z0-9<>&"\\/é -]{0,20}`), rapid.Just(""), rapid.Just("\xff\u2028"))
	result := rapid.Custom(func(r *rapid.T) producers.Result {
		if rapid.Bool().Draw(r, "accepted") {
			return producers.Result{Index: rapid.Int().Draw(r, "index"), ID: text.Draw(r, "id"), Status: producers.Accepted}
		}
		return producers.Result{
			Index: rapid.Int().Draw(r, "index"), ID: text.Draw(r, "id"), Status: producers.Status(text.Draw(r, "status")),
			Code: text.Draw(r, "code"), Pointer: text.Draw(r, "pointer"), Detail: text.Draw(r, "detail"), Hint: text.Draw(r, "hint"),
		}
	})
	rapid.Check(t, func(r *rapid.T) {
		report := producers.Report{Accepted: rapid.Int().Draw(r, "accepted"), Rejected: rapid.Int().Draw(r, "rejected")}
		if rapid.Bool().Draw(r, "some") {
			report.Results = rapid.SliceOfN(result, 0, 3).Draw(r, "results")
		}
		want, err := json.Marshal(report)
		if err != nil {
			r.Fatal(err)
		}
		if got := report.AppendJSON(nil); !bytes.Equal(got, want) {
			r.Errorf("%s\nwant %s", got, want)
		}
	})
}
