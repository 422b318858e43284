package simulator

import (
	"time"
)

// lead is how long before a gathering its first event may be.
const lead = 62 * 24 * time.Hour

// university is the simulation of one community, a month at a time.
type university struct {
	*people
	groups  []string // working groups
	members map[string][]*person
	series  map[string]int // gatherings so far
	held    int
	// gatheringIDs are those held so far, where oddities may ask for them.
	gatheringIDs []string
	plan         random // of gatherings
	career       random
	letters      random // campaigns and gifts
	civic        random // groups, initiatives, well-being
}

func newUniversity(c *Community, yield func(Item) bool) *university {
	topic := func(name string) random { return newRandom(c.seed, c.Tenant, name) }
	return &university{
		people:  &people{Community: c, out: newOutbox(c, yield), random: topic("people"), minds: topic("consents")},
		members: map[string][]*person{}, series: map[string]int{},
		plan: topic("gatherings"), career: topic("careers"), letters: topic("letters"), civic: topic("groups"),
	}
}

// run simulates month after month. Gatherings are worked out at the beginning of
// their month with all that came before them; so nothing that is said from then on
// is older than that month less the lead, and what has arrived by then can be sent.
func (u *university) run() {
	u.record()
	u.found()
	start := time.Date(u.From.Year(), u.From.Month(), 1, 0, 0, 0, 0, u.Zone)
	for month := start; month.Before(u.Until) && !u.out.stopped; month = month.AddDate(0, 1, 0) {
		u.out.until(month.Add(-lead))
		u.month(month)
		u.civics(month)
		u.gatherings(month)
		u.openings(month)
		// Letters and gifts say nothing of earlier months: they can wait, and are many.
		if before := month.AddDate(0, -2, 0); !before.Before(start) {
			u.giving(before)
		}
	}
	last := time.Date(u.Until.Year(), u.Until.Month(), 1, 0, 0, 0, 0, u.Zone)
	for month := last.AddDate(0, -2, 0); month.Before(u.Until) && !u.out.stopped; month = month.AddDate(0, 1, 0) {
		if !month.Before(start) {
			u.giving(month)
		}
	}
	if u.profile.odd && !u.out.stopped {
		u.oddities()
	}
	u.out.rest()
}

// number counts months from the year 0.
func monthNumber(at time.Time) int { return at.Year()*12 + int(at.Month()) - 1 }
