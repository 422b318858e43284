package oracle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// said is the union of all members that matter here.
type said struct {
	PersonID    string `json:"person_id"`
	FromID      string `json:"from_id"`
	IntoID      string `json:"into_id"`
	GatheringID string `json:"gathering_id"`
	GroupID     string `json:"group_id"`
	ChapterID   string `json:"chapter_id"`
	SeriesID    string `json:"series_id"`

	Kind        string    `json:"kind"`
	Status      string    `json:"status"`
	Faculty     string    `json:"faculty"`
	Graduation  *int      `json:"graduation_year"`
	Reason      string    `json:"reason"`
	Purpose     string    `json:"purpose"`
	Granted     bool      `json:"granted"`
	Living      *bool     `json:"living"`
	Contactable *bool     `json:"contactable"`
	JoinedAt    time.Time `json:"joined_at"`
	ValidFrom   string    `json:"valid_from"`

	StartsAt  time.Time `json:"starts_at"`
	EndsAt    time.Time `json:"ends_at"`
	Title     string    `json:"title"`
	Name      string    `json:"name"`
	Capacity  *int      `json:"capacity"`
	Basis     string    `json:"attendance_basis"`
	Headcount *int      `json:"headcount"`
	Guests    *int      `json:"anonymous_guests"`
	Present   bool      `json:"present"`
	Role      string    `json:"role"`
	Action    string    `json:"action"`
	NPS       *int      `json:"nps"`
	Rating    *int      `json:"rating"`

	InitiativeID string  `json:"initiative_id"`
	ProposerID   string  `json:"proposer_id"`
	Activity     string  `json:"activity"`
	Hours        float64 `json:"hours"`
	Students     *int    `json:"students_reached"`

	OpportunityID string `json:"opportunity_id"`
	AmbassadorID  string `json:"ambassador_id"`
	Positions     int    `json:"positions"`
	ApplicationID string `json:"application_id"`
	StudentID     string `json:"student_id"`
	PlacementID   string `json:"placement_id"`
	Eligible      bool   `json:"eligible_for_hire"`
	Outcome       string `json:"outcome"`
	Step          string `json:"step"`

	CampaignID  string `json:"campaign_id"`
	Channel     string `json:"channel"`
	Segment     string `json:"segment"`
	Recipients  *int   `json:"recipients"`
	Delivered   *int   `json:"delivered"`
	DonorID     string `json:"donor_id"`
	AmountMinor int    `json:"amount_minor"`
	Currency    string `json:"currency"`
	LegalDonor  string `json:"legal_donor"`

	At    *time.Time `json:"at"`
	On    string     `json:"on"`
	Opens string     `json:"opens"`
}

// stated is one fact that stands, taken apart.
type stated struct {
	*fact
	said
}

// standing gives the facts that are not voided, by type.
func (o *Oracle) standing() (map[string][]stated, error) {
	gone, err := o.erased()
	if err != nil {
		return nil, err
	}
	all := map[string][]stated{}
	for _, revisions := range o.facts {
		f := latest(revisions, func(f *fact) bool { return !gone.event(f) })
		if f == nil || f.voided {
			continue
		}
		s := stated{fact: f}
		if err := json.Unmarshal(f.data, &s.said); err != nil {
			return nil, fmt.Errorf("read the data of %s: %w", f.base, err)
		}
		gone.mentions(&s.said)
		all[f.base] = append(all[f.base], s)
	}
	return all, nil
}

// latest is the revision that stands among those to be kept; nil where none is.
func latest(revisions []*fact, keep func(*fact) bool) *fact {
	var stands *fact
	for _, f := range revisions {
		if keep(f) && (stands == nil || bytes.Compare(f.version[:], stands.version[:]) > 0) {
			stands = f
		}
	}
	return stands
}
