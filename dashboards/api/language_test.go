package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/turnout/turnout/internal/auth"
)

// TestTheLanguageOfAnswers asks for Russian by the address and as a browser does.
func TestTheLanguageOfAnswers(t *testing.T) {
	t.Parallel()
	h, _ := house(t)
	for _, test := range []struct{ target, header, want string }{
		{"/v1/reports?lang=ru", "", "Посещаемость"},
		{"/v1/reports", "ru-RU,ru;q=0.9,en;q=0.5", "Посещаемость"},
		{"/v1/reports?lang=en", "ru", `"title":"Attendance"`},
		{"/v1/reports", "fr", `"title":"Attendance"`},
		{"/v1/reports/attendance?tenant=a&lang=ru", "", `"title":"Посещаемость"`},
		{"/v1/reports/attendance?tenant=a&describe=true", "ru", `"title":"Посещаемость"`},
		{"/v1/reports/attendance/rows?tenant=a&measure=attended&lang=ru", "", `"title":"Посещаемость"`},
		{"/v1/reports/attendance?tenant=a&lang=xx", "", "Allowed: en, ru"},
		{"/v1/reports?lang=ru&lang=en", "", "Give it once"},
	} {
		answer := ask(t, h, auth.Everyone(), http.MethodGet, test.target, "", "Accept-Language", test.header)
		if !strings.Contains(answer.Body.String(), test.want) {
			t.Errorf("%s for %q has no %s: %.300s", test.target, test.header, test.want, answer.Body)
		}
		if answer.Code == http.StatusOK && !strings.Contains(strings.Join(answer.Header().Values("Vary"), ","), "Accept-Language") {
			t.Errorf("%s varies by %v", test.target, answer.Header().Values("Vary"))
		}
	}
}
