package simulator

import (
	"strconv"
	"time"

	"github.com/turnout/turnout/schemas"
)

// person is one member as the simulation knows them.
type person struct {
	id         string
	alias      string    // a second id, until it is merged; "" is none
	mergedAt   time.Time // from then on only id is used
	kind       string
	status     string
	faculty    string
	graduation int
	joined     time.Time
	budget     int // visits still to come
	visits     int
	last       int  // month of the last visit, counted from the year 0
	settled    bool // came again after the first visit
	gone       bool // died
}

// name gives an id that the person is known by at that time.
func (p *person) name(r random, at time.Time) string {
	if p.alias != "" && at.Before(p.mergedAt) && r.chance(350) {
		return p.alias
	}
	return p.id
}

func faculties() []string {
	return []string{"economics", "engineering", "law", "medicine", "humanities", "informatics"}
}

// people keeps the community's persons.
type people struct {
	*Community
	out    *outbox
	random random
	minds  random // of their own, so that nothing else changes with them

	alumni    []*person // of record; few of them ever come
	idle      []*person // joined and never came
	attenders []*person // may come again
	newcomers []*person // from the beginning; came before, but not on record
	students  []*person
	nextIdle  int // thousandths of a joiner who never comes
}

// record registers the alumni and the ambassadors of the time before.
func (s *people) record() {
	year := s.From.Year()
	for range s.profile.alumni {
		graduation := year - s.random.between(1, 45)
		joined := time.Date(graduation, time.July, s.random.between(1, 28), 12, 0, 0, 0, s.Zone)
		p := s.person("alumnus", "candidate", graduation, joined)
		s.tell(p, "import", s.From.Add(-time.Duration(s.random.between(24, 240))*time.Hour), "")
		s.alumni = append(s.alumni, p)
	}
	for n := range s.profile.ambassadors {
		joined := s.From.AddDate(0, 0, -s.random.between(30, 1500)).Add(daytime(s.random))
		p := s.person(s.kind(), "ambassador", year-s.random.between(1, 40), joined)
		s.tell(p, pick(s.random, []string{"meeting", "referral", "site"}), joined, "")
		if n%4 == 0 {
			p.budget = max(2, s.random.curve(visitCounts()))
			s.newcomers = append(s.newcomers, p)
			continue
		}
		s.idle = append(s.idle, p)
	}
}

func (s *people) kind() string {
	return []string{"alumnus", "student", "staff", "partner"}[s.random.weighted([]int{88, 5, 4, 3})]
}

func (s *people) person(kind, status string, graduation int, joined time.Time) *person {
	return &person{
		id: s.out.id("p-"), kind: kind, status: status, faculty: pick(s.random, faculties()), graduation: graduation, joined: joined,
	}
}

// tell publishes the registration.
func (s *people) tell(p *person, channel string, at time.Time, invitedBy string) {
	fields := []field{
		text("person_id", p.id), text("kind", p.kind), instant("joined_at", p.joined), text("status", p.status),
		text("faculty", p.faculty), text("channel", channel), text("invited_by", invitedBy),
	}
	if p.kind == "alumnus" || p.kind == "student" {
		fields = append(fields, number("graduation_year", p.graduation))
	}
	s.out.say("members", schemas.TypeMemberRegistered, at, fields...)
	s.refuse(p, "analytics", s.profile.refusals.analytics, at)
	s.refuse(p, "named_lists", s.profile.refusals.lists, at)
}

// refuse lets some withdraw a use of their data within a year; one of seven allows it again.
func (s *people) refuse(p *person, purpose string, permille int, since time.Time) {
	if !s.minds.chance(permille) {
		return
	}
	at := since.AddDate(0, 0, s.minds.between(1, 365)).Add(time.Duration(s.minds.below(3600)) * time.Second)
	for _, granted := range []bool{false, true} {
		s.out.say("members", schemas.TypeConsentChanged, at, text("person_id", p.id), text("purpose", purpose), truth("granted", granted), instant("at", at))
		if !s.minds.chance(150) {
			return
		}
		at = at.AddDate(0, 0, s.minds.between(1, 200))
	}
}

// daytime is a time of day between eight in the morning and eight in the evening.
func daytime(r random) time.Duration {
	return time.Duration(r.between(8*3600, 20*3600)) * time.Second
}

// joiner registers somebody shortly before the moment. As many again join and never come.
func (s *people) joiner(before time.Time) *person {
	s.nextIdle += 1000
	for ; s.nextIdle >= 1000; s.nextIdle -= 1000 {
		s.idle = append(s.idle, s.join(before))
	}
	p := s.join(before)
	p.budget = s.random.curve(visitCounts())
	return p
}

func (s *people) join(before time.Time) *person {
	y, m, d := before.Date()
	joined := time.Date(y, m, d-s.random.between(1, 45), 0, 0, 0, 0, s.Zone).Add(daytime(s.random))
	kind := s.kind()
	graduation := joined.Year() - s.random.between(0, 30)
	if kind == "student" {
		graduation = joined.Year() + s.random.between(1, 4)
	}
	p := s.person(kind, "candidate", graduation, joined)
	invited := ""
	channel := pick(s.random, []string{"meeting", "site", "site", "referral"})
	if channel == "referral" && len(s.attenders) > 0 {
		invited = pick(s.random, s.attenders).id
	}
	s.tell(p, channel, joined, invited)
	s.out.say("members", schemas.TypeConsentChanged, joined, text("person_id", p.id),
		text("purpose", pick(s.random, []string{"analytics", "contact", "named_lists"})), truth("granted", true), instant("at", joined))
	return p
}

// double gives some of those who come a second id for a while: another e-mail
// address, another list. A few have three, or are merged both ways.
func (s *people) double(p *person, since time.Time) {
	if !s.random.chance(s.profile.faults.alias) {
		return
	}
	p.alias = s.out.id("p-")
	p.mergedAt = since.AddDate(0, 0, s.random.between(20, 120))
	if s.random.chance(600) {
		twin := *p
		twin.id, twin.joined = p.alias, since
		s.tell(&twin, "site", since, "")
	}
	evidence := pick(s.random, []string{"email", "crm_id", "manual"})
	merge := func(from, into string, at time.Time) {
		s.out.say("members", schemas.TypeMemberMerged, at, text("from_id", from), text("into_id", into), text("evidence", evidence))
	}
	switch s.random.below(12) {
	case 0: // two systems disagree who stays
		merge(p.id, p.alias, p.mergedAt.Add(time.Hour))
		merge(p.alias, p.id, p.mergedAt)
	case 1: // a chain over an id that never came
		between := s.out.id("p-")
		merge(between, p.id, p.mergedAt.Add(-time.Hour))
		merge(p.alias, between, p.mergedAt)
	default:
		merge(p.alias, p.id, p.mergedAt)
	}
}

// update publishes what changed from a day on.
func (s *people) update(p *person, at time.Time, change ...field) {
	s.out.say("members", schemas.TypeMemberUpdated, at, append(change, text("person_id", p.id), day("valid_from", at))...)
}

// month lets life go on: who is promoted, moves, leaves, dies, objects, is erased.
func (s *people) month(start time.Time) {
	at := func() time.Time { return start.AddDate(0, 0, s.random.below(28)).Add(daytime(s.random)) }
	for range s.random.round(len(s.attenders) * 3) { // 3.6 % a year move
		p := pick(s.random, s.attenders)
		s.update(p, at(), text("region", pick(s.random, []string{"north", "south", "east", "west", "abroad"})), text("employer_id", employer(s.random)))
	}
	for range s.random.round(len(s.alumni) / 3) { // 0.4 % a year die
		p := pick(s.random, s.alumni)
		if p.gone {
			continue
		}
		p.gone = true
		when := at()
		s.out.say("members", schemas.TypeMemberLeft, when, text("person_id", p.id), instant("at", when), text("reason", "deceased"))
	}
	for range s.random.round(len(s.alumni) / 2) { // 0.6 % a year change their mind about being written to
		when := at()
		s.out.say("members", schemas.TypeConsentChanged, when, text("person_id", pick(s.random, s.alumni).id),
			text("purpose", "contact"), truth("granted", s.random.chance(200)), instant("at", when))
	}
	for range s.random.round(len(s.idle) * 10) { // who never comes leaves at last
		p := pick(s.random, s.idle)
		when := at()
		s.out.say("members", schemas.TypeMemberLeft, when, text("person_id", p.id), instant("at", when),
			text("reason", pick(s.random, []string{"resigned", "lapsed", "lapsed", "removed"})))
	}
	if s.random.chance(150) { // somebody who was only once written down wants to be forgotten
		p := s.person("partner", "candidate", 0, at())
		s.tell(p, "site", p.joined, "")
		when := p.joined.AddDate(0, 0, s.random.between(20, 90))
		s.out.say("members", schemas.TypeMemberErased, when, text("person_id", p.id), text("request_id", s.out.id("rq-")),
			text("basis", "consent_withdrawn"), instant("requested_at", when))
	}
	if start.Month() == time.July {
		s.graduate(start)
	}
}

// graduate makes alumni of the year's students.
func (s *people) graduate(start time.Time) {
	for _, list := range [][]*person{s.attenders, s.students} {
		for _, p := range list {
			if p.kind == "student" && p.graduation <= start.Year() {
				p.kind = "alumnus"
				s.update(p, start.AddDate(0, 0, 14).Add(12*time.Hour), text("kind", "alumnus"))
			}
		}
	}
}

func employer(r random) string { return "employer-" + strconv.Itoa(r.between(1, 60)) }
