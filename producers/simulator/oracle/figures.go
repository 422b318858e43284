package oracle

import "time"

// Figures are those of one community. The names of rows' members are those of the
// reports' columns; what is unknown is nil, never 0.
type Figures struct {
	Tenant        string        `json:"tenant"`
	Timezone      string        `json:"timezone"`
	Counts        Counts        `json:"counts"`
	Attendance    []Attendance  `json:"attendance"`         // by gathering
	Lifecycle     []Lifecycle   `json:"lifecycle"`          // by month
	FirstTimers   []FirstTimers `json:"first_timer_share"`  // by month
	AbsenceFactor AbsenceFactor `json:"absence_factor"`     // of attendances
	ShowUp        []ShowUp      `json:"show_up"`            // by gathering
	ReturnRate    []ReturnRate  `json:"return_rate"`        // by gathering of a series
	Retention     []Retention   `json:"retention"`          // by month of the first attendance
	Stickiness    []Stickiness  `json:"stickiness"`         // by year
	Engagement    []Engagement  `json:"engagement_by_mode"` // by the community's year
}

// Counts are of the events as they were sent.
type Counts struct {
	Sent       int            `json:"sent"`
	Accepted   int            `json:"accepted"`
	Rejected   int            `json:"rejected"`
	Duplicates int            `json:"duplicates"` // accepted with the id and content of an earlier one
	Conflicts  int            `json:"conflicts"`  // ids that came with several contents
	Stored     int            `json:"stored"`     // accepted less duplicates
	Types      map[string]int `json:"types"`      // stored
}

// Attendance is who came to one gathering.
type Attendance struct {
	GatheringID     string    `json:"gathering_id"`
	StartsAt        time.Time `json:"starts_at"`
	Attended        *int      `json:"attended"`
	NewMembers      *int      `json:"new_members"`
	Continuing      *int      `json:"continuing"`
	FirstTimers     *int      `json:"first_timers"`
	Headcount       *int      `json:"headcount"`
	AnonymousGuests *int      `json:"anonymous_guests"`
}

// Lifecycle is one period's persons by what they did before.
type Lifecycle struct {
	Period       string `json:"period"`
	Active       int    `json:"active"`
	New          int    `json:"new"`
	Returning    int    `json:"returning"`
	Resurrecting int    `json:"resurrecting"`
	Dormant      int    `json:"dormant"`
}

// FirstTimers is how many of a period's attendees attended nothing before.
type FirstTimers struct {
	Period      string `json:"period"`
	Attendees   int    `json:"attendees"`
	FirstTimers int    `json:"first_timers"`
}

// AbsenceFactor is the smallest number of persons who give at least half of the contributions.
type AbsenceFactor struct {
	Factor        int `json:"absence_factor"`
	Contributors  int `json:"contributors"`
	Contributions int `json:"contributions"`
}

// ShowUp is what came of a gathering's registrations.
type ShowUp struct {
	GatheringID string `json:"period"`
	Confirmed   int    `json:"confirmed"`
	Cancelled   int    `json:"cancelled"`
	Expected    *int   `json:"expected"`
	ShownUp     *int   `json:"shown_up"`
	NoShows     *int   `json:"no_shows"`
	WalkIns     *int   `json:"walk_ins"`
}

// ReturnRate is who came again to the next gathering of the series.
type ReturnRate struct {
	GatheringID string `json:"gathering_id"`
	Present     *int   `json:"present"`
	Returned    *int   `json:"returned"`
}

// Retention is how many of a cohort are present so many periods later.
type Retention struct {
	Cohort  string `json:"cohort"`
	Period  int    `json:"period"`
	Size    int    `json:"size"`
	Persons int    `json:"persons"`
}

// Stickiness is how many persons came in so many months of a year.
type Stickiness struct {
	Period       string `json:"period"`
	ActiveMonths int    `json:"active_months"`
	Persons      int    `json:"persons"`
	YearlyActive int    `json:"yearly_active"`
}

// Engagement is a year's participation in one mode, or in any.
type Engagement struct {
	Period   string `json:"period"`
	Mode     string `json:"mode"`
	Engaged  int    `json:"engaged"`
	Eligible int    `json:"eligible"`
}
