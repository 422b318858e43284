package simulator

import (
	"time"

	"github.com/turnout/turnout/schemas"
)

// The figures of the two meetings, by domain: 49 persons at the second, 14 of them
// joined after the first, 35 continuing. 19 are there for the first time, which is
// something else: 5 had joined before the first meeting and missed it.
const (
	firstPresent    = 38
	secondFromFirst = 30
	secondJoinedOld = 5
	secondJoinedNew = 14
)

// meetings is the preset seed: the two gatherings with which a community began.
type meetings struct{ *university }

func newMeetings(c *Community, yield func(Item) bool) meetings {
	return meetings{newUniversity(c, yield)}
}

func (m meetings) run() {
	y, month, d := m.Until.Date()
	evening := func(days int) time.Time { return time.Date(y, month, d-days, 18, 0, 0, 0, m.Zone) }
	first, second := m.meeting("1", evening(200)), m.meeting("2", evening(20))
	m.groups = []string{"group-students", "group-careers", "group-excursions"}
	for i, name := range []string{"Students", "Careers", "Excursions"} {
		at := first.starts.AddDate(0, 0, -20)
		m.out.say("groups", schemas.TypeGroupDefined, at, text("group_id", m.groups[i]), text("kind", "working_group"),
			text("name", name), day("active_from", at))
	}
	joined := func(n int, since time.Time, days int) []*person {
		var list []*person
		for range n {
			p := m.person("alumnus", "ambassador", since.Year()-m.random.between(1, 30), since.Add(time.Duration(m.random.below(days*24*3600))*time.Second))
			m.tell(p, "meeting", p.joined, "")
			list = append(list, p)
		}
		return list
	}
	old := joined(firstPresent+secondJoinedOld+12, first.starts.AddDate(0, 0, -90), 80)
	first.present = old[:firstPresent]
	m.idle = old[firstPresent+secondJoinedOld:] // registered, but did not come
	fresh := joined(secondJoinedNew, first.starts.AddDate(0, 0, 1), 150)
	second.present = append(second.present, first.present[:secondFromFirst]...)
	second.present = append(second.present, old[firstPresent:firstPresent+secondJoinedOld]...)
	second.present = append(second.present, fresh...)
	for _, g := range []*gathering{first, second} {
		m.announce(g)
		m.register(g)
		m.attend(g)
		m.complete(g)
		m.thank(g)
		for i, p := range g.present {
			if i%2 == 0 {
				m.belong(m.groups[i/2%3], p, "joined", "member", g.ends.Add(time.Duration(i)*time.Minute))
			}
		}
	}
	m.out.rest()
}

func (m meetings) meeting(number string, starts time.Time) *gathering {
	return &gathering{
		id: m.out.named("g", starts.Year(), int(number[0]-'0')), kind: "strategic_session", series: "ambassador-meetings",
		title: "Meeting of ambassadors " + number, starts: starts, ends: starts.Add(3 * time.Hour), announced: starts.AddDate(0, 0, -40),
		capacity: 60, basis: "sign_in_sheet", registers: true, names: map[*person]string{},
	}
}
