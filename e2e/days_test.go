package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestDaysBelongToTheCommunity gives on New Year's Day in communities on both
// sides of Greenwich: a day without a time is the community's own day.
func TestDaysBelongToTheCommunity(t *testing.T) {
	t.Parallel()
	h := open(t)
	zones := []string{"America/New_York", "UTC", "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Pago_Pago"}
	for i, zone := range zones {
		tenant := fmt.Sprintf("zone%d", i)
		if out := h.run("", "tenants", "set", "--tenant", tenant, "--timezone", zone); out.code != 0 {
			t.Fatalf("exit %d: %s", out.code, out.stderr)
		}
		lines := []string{
			fact{id: "m", typ: "member.registered.v1", time: "2020-01-01T00:00:00Z", data: map[string]any{
				"person_id": "p", "kind": "alumnus", "joined_at": "2020-01-01T12:00:00Z", "status": "ambassador",
			}}.json(t),
			fact{id: "d", typ: "donation.received.v1", time: "2024-01-05T09:00:00Z", data: map[string]any{
				"gift_id": "g", "donor_id": "p", "amount_minor": 1000, "currency": "EUR", "kind": "cash", "legal_donor": "self", "on": "2024-01-01",
			}}.json(t),
		}
		status, body := h.do(http.MethodPost, "/v1/events?tenant="+tenant, "", "application/x-ndjson", strings.Join(lines, "\n"))
		if status != http.StatusAccepted || !strings.Contains(string(body), `"accepted":2`) {
			t.Fatalf("%d %s", status, body)
		}
	}
	h.settled()
	for i, zone := range zones {
		given := map[string]string{}
		for _, row := range h.rows("engagement-by-mode", fmt.Sprintf("tenant=zone%d", i)) {
			if row["mode"] == "philanthropic" {
				given[fmt.Sprint(row["period"])] = fmt.Sprint(row["engaged"])
			}
		}
		if len(given) != 1 || given["2024"] != "1" {
			t.Errorf("%s: %v", zone, given)
		}
	}
}
