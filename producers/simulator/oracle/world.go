package oracle

import (
	"slices"
	"time"
)

// world is what is true in a community, whoever looks and whenever.
type world struct {
	options    Options
	facts      map[string][]stated
	merges     map[string]string
	withdrawn  set                   // resolved ids of who does not allow analytics: they are in no figure and no list
	unnamed    set                   // of who does not allow to be named in lists
	members    map[string]*member    // by resolved id
	gatherings []*gathering          // held or to come, the earlier first
	named      map[string]*gathering // the same by id
	firsts     map[string]*gathering // of each person who was ever present
	groups     map[string]*group
	received   map[content]*received
}

func newWorld(options Options, facts map[string][]stated) *world {
	w := &world{options: options, facts: facts, merges: map[string]string{}}
	for _, m := range facts["member.merged"] {
		if m.FromID != m.IntoID {
			w.merges[m.FromID] = m.IntoID
		}
	}
	w.withdrawn, w.unnamed = w.refusing("analytics"), w.refusing("named_lists")
	w.members = w.readMembers()
	w.gatherings = w.readGatherings()
	w.named, w.firsts = map[string]*gathering{}, map[string]*gathering{}
	for _, g := range w.gatherings {
		w.named[g.id] = g
		for p := range g.present {
			if w.firsts[p] == nil {
				w.firsts[p] = g
			}
		}
	}
	w.readRegistrations()
	w.groups = w.readGroups()
	return w
}

// resolve follows the merges to the end; of a circle the smallest id stands for all.
func (w *world) resolve(id string) string {
	path := []string{id}
	for {
		next, merged := w.merges[id]
		if !merged {
			return id
		}
		if i := slices.Index(path, next); i >= 0 {
			return slices.Min(path[i:])
		}
		path = append(path, next)
		id = next
	}
}

// date is the calendar day in the community's zone.
func (w *world) date(at time.Time) string { return at.In(w.options.Zone).Format(time.DateOnly) }

// view is a world looked at with a question, at a moment.
type view struct {
	*world
	q     question
	now   time.Time
	today string // the local day of now
	// latest is the day whose attributes are those "as now".
	latest string
	// closed leaves out gatherings that were still to come.
	closed bool
}

// look gives the view of a query. The zero time is after everything.
func (w *world) look(q question, now time.Time) *view {
	if now.IsZero() {
		now = time.Date(2200, time.January, 1, 0, 0, 0, 0, time.UTC)
	}
	today := w.date(now)
	return &view{world: w, q: q, now: now, today: today, latest: today}
}

// within says whether a day is in the range that was asked for.
func (v *view) within(day string) bool {
	return (v.q.From == "" || day >= v.q.From) && (v.q.To == "" || day <= v.q.To)
}

// done says whether the moment has come and is in the range.
func (v *view) done(at time.Time) bool { return !at.After(v.now) && v.within(v.date(at)) }

// passed says whether the day has come and is in the range.
func (v *view) passed(day string) bool { return day <= v.today && v.within(day) }

// until is the last day that is looked at.
func (v *view) until() string {
	if v.q.To == "" || v.q.To > v.today {
		return v.today
	}
	return v.q.To
}

// on is what is taken to hold of a person at an act of that day: what held then or, when
// attributes are taken as now, what holds today.
func (v *view) on(person, day string) state {
	if v.q.Now {
		day = v.latest
	}
	if m := v.members[person]; m != nil {
		return m.asOf(day)
	}
	return state{}
}

// wanted says whether the filters let a person pass on a day.
func (v *view) wanted(person, day string) bool {
	if v.withdrawn[person] {
		return false
	}
	s := v.on(person, day)
	switch {
	case v.q.Staff == "only" && s.kind != "staff", (v.q.Staff == "" || v.q.Staff == "exclude") && s.kind == "staff":
		return false
	case v.q.GraduationFrom != 0 && (s.graduation == nil || *s.graduation < v.q.GraduationFrom):
		return false
	case v.q.GraduationTo != 0 && (s.graduation == nil || *s.graduation > v.q.GraduationTo):
		return false
	}
	return among(v.q.Statuses, s.status) && among(v.q.Faculties, s.faculty) && among(v.q.Chapters, s.chapter)
}

// anybody says whether no filter chooses persons but the one that leaves staff out.
func (v *view) anybody() bool {
	q := v.q
	return q.Staff != "only" && q.GraduationFrom == 0 && q.GraduationTo == 0 && len(q.Statuses)+len(q.Faculties)+len(q.Chapters) == 0
}

// among says whether a list names the value; an empty list names everything.
func among(list []string, value string) bool { return len(list) == 0 || slices.Contains(list, value) }
