package tenants

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/turnout/turnout/internal/problem"
	"github.com/turnout/turnout/schemas"
)

// Settings of one community.
type Settings struct {
	// Timezone is an IANA name; periods and dates of reports are counted in it.
	Timezone string `json:"timezone"`
	// YearEnd is the last day of the community's year, MM-DD.
	YearEnd string `json:"year_end"`
	// SuppressBelow is the size from which a cell is shown in the shareable view.
	SuppressBelow int `json:"suppress_below"`
	// ErasurePolicy is what becomes of the events of an erased person: PolicyDelete or PolicyAnonymise.
	ErasurePolicy string `json:"erasure_policy"`
}

// The policies of erasure: the events of the person go, or stay under a fresh random id that nothing leads back from.
const (
	PolicyDelete    = "delete"
	PolicyAnonymise = "anonymise"
)

// Defaults are the settings of a community that has none of its own.
func Defaults() Settings {
	return Settings{Timezone: "UTC", YearEnd: "12-31", SuppressBelow: 5, ErasurePolicy: PolicyDelete}
}

const maxSuppressBelow = 100

// Validate checks the settings; its error is a *problem.Error that names the member.
func (s Settings) Validate() error {
	if s.Timezone == "" || s.Timezone == "Local" {
		return invalid("/timezone", "a time zone is needed", "give an IANA name such as Europe/Moscow")
	}
	if _, err := time.LoadLocation(s.Timezone); err != nil {
		return invalid("/timezone", fmt.Sprintf("%q is no time zone", s.Timezone), "give an IANA name such as Europe/Moscow")
	}
	if _, err := time.Parse("2006-01-02", "2001-"+s.YearEnd); err != nil {
		return invalid("/year_end", fmt.Sprintf("%q is no day of a year", s.YearEnd), "give month and day, such as 08-31")
	}
	if s.SuppressBelow < 0 || s.SuppressBelow > maxSuppressBelow {
		return invalid("/suppress_below", fmt.Sprintf("%d is not between 0 and %d", s.SuppressBelow, maxSuppressBelow), "5 is usual; 0 shows every cell")
	}
	if s.ErasurePolicy != PolicyDelete && s.ErasurePolicy != PolicyAnonymise {
		return invalid("/erasure_policy", fmt.Sprintf("%q is no policy of erasure", shorten(s.ErasurePolicy)), "delete and anonymise are")
	}
	return nil
}

// ValidateName checks the name of a tenant.
func ValidateName(name string) error {
	if schemas.ValidTenant(name) {
		return nil
	}
	return invalid("/parameters/tenant", fmt.Sprintf("%q is no tenant's name", shorten(name)),
		"use 1 to 64 of the characters a-z, 0-9 and -")
}

func shorten(text string) string {
	const longest = 80
	if len(text) <= longest {
		return text
	}
	return strings.ToValidUTF8(text[:longest], "") + "…"
}

func invalid(pointer, detail, hint string) error {
	return &problem.Error{
		Status: http.StatusBadRequest, Code: "invalid_setting", Pointer: pointer, Detail: detail, Hint: hint,
	}
}
