package reporting_test

import (
	"fmt"
	"maps"
)

// hills is a small community at Kathmandu, where days begin at 18:15 UTC: six members and a
// stranger (gus), one of the staff (dan), one with two ids (eve, eve-old), and of everything a
// little near a turn of days. It is 10 April 2024, 11:45 there. Figures over it are counted by hand.
const (
	hillsNow  = "2024-04-10T06:00:00Z"
	hillsZone = "timezone=Asia/Kathmandu"
)

func hills() []said {
	var events []said
	events = append(events, hillsPeople()...)
	events = append(events, hillsGatherings()...)
	events = append(events, hillsRegistrations()...)
	events = append(events, hillsWork()...)
	return append(events, hillsGroups()...)
}

// event makes an event of a type from its data; pairs are keys and values.
func event(typ, time string, pairs ...any) said {
	data := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		data[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return said{typ: typ + ".v1", time: time, data: data}
}

// again is the event's next revision, with other values in its data.
func (s said) again(pairs ...any) said {
	s.revision++
	s.data = maps.Clone(s.data)
	for i := 0; i+1 < len(pairs); i += 2 {
		s.data[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return s
}

// taken back.
func (s said) void() said {
	s = s.again()
	s.voided = true
	return s
}

func member(id, kind, status, joined string, pairs ...any) said {
	return event("member.registered", joined, append([]any{"person_id", id, "kind", kind, "status", status, "joined_at", joined}, pairs...)...)
}

func hillsPeople() []said {
	return []said{
		member("ann", "alumnus", "ambassador", "2023-12-20T06:00:00Z", "faculty", "law", "graduation_year", 2010),
		event("member.updated", "2024-01-01T00:00:00Z", "person_id", "ann", "valid_from", "2024-01-01", "chapter_id", "north"),
		member("bob", "alumnus", "candidate", "2024-01-31T18:30:00Z", "faculty", "physics"), // 1 February, 00:15
		event("member.updated", "2024-03-01T00:00:00Z", "person_id", "bob", "valid_from", "2024-03-01", "status", "ambassador"),
		member("cyd", "student", "candidate", "2024-01-10T06:00:00Z"),
		member("dan", "staff", "candidate", "2023-01-01T06:00:00Z"),
		member("eve", "alumnus", "ambassador", "2024-02-10T06:00:00Z"),
		member("eve-old", "alumnus", "ambassador", "2024-03-05T06:00:00Z"),
		event("member.merged", "2024-03-06T06:00:00Z", "from_id", "eve-old", "into_id", "eve", "evidence", "email"),
		member("fay", "alumnus", "candidate", "2024-01-15T06:00:00Z"),
		member("hal", "alumnus", "candidate", "2024-03-20T06:00:00Z"),
		event("donation.received", "2024-02-01T06:00:00Z", "gift_id", "d1", "donor_id", "ann", "amount_minor", 100, "currency", "NPR",
			"kind", "cash", "legal_donor", "self", "on", "2024-02-01"),
		event("feedback.submitted", "2024-03-16T06:00:00Z", "response_id", "f1", "gathering_id", "g3", "person_id", "eve", "nps", 9),
	}
}

func meets(id, kind, starts, ends string, pairs ...any) said {
	return event("gathering.scheduled", "2023-12-01T00:00:00Z", append([]any{
		"gathering_id", id, "kind", kind, "formality", "formal", "format", "in_person", "starts_at", starts, "ends_at", ends,
	}, pairs...)...)
}

func comes(gathering, person, role, at string, pairs ...any) said {
	return event("attendance.recorded", at, append([]any{
		"gathering_id", gathering, "person_id", person, "present", true, "role", role, "method", "desk",
	}, pairs...)...)
}

func hillsGatherings() []said {
	const first, third, fourth = "2024-01-20T12:20:00Z", "2024-03-15T04:20:00Z", "2024-03-31T18:20:00Z"
	ghost := comes("g1", "fay", "participant", first)
	events := []said{
		meets("g7", "graduation_ceremony", "2023-12-31T18:30:00Z", "2023-12-31T20:00:00Z", "group_id", "wg3"), // 1 January, 00:15; nobody recorded it
		meets("g1", "meeting", "2024-01-20T12:15:00Z", "2024-01-20T14:00:00Z", "series_id", "s", "group_id", "wg1", "capacity", 4, "title", "First"),
		meets("g6", "excursion", "2024-02-10T06:00:00Z", "2024-02-10T08:00:00Z"),
		event("gathering.cancelled", "2024-02-09T06:00:00Z", "gathering_id", "g6", "at", "2024-02-09T06:00:00Z"),
		meets("g2", "meeting", "2024-02-29T18:05:00Z", "2024-02-29T20:00:00Z", "series_id", "s", "group_id", "wg1", "capacity", 9), // not recorded
		meets("g3", "graduation_ceremony", "2024-03-15T04:15:00Z", "2024-03-15T06:00:00Z", "chapter_id", "c1"),
		meets("g4", "student_meeting", "2024-03-31T18:20:00Z", "2024-03-31T19:00:00Z", "series_id", "s"), // 1 April, 00:05
		meets("g5", "meeting", "2024-05-01T12:15:00Z", "2024-05-01T14:00:00Z"),
		event("gathering.completed", "2024-01-20T14:00:00Z", "gathering_id", "g1", "attendance_basis", "check_in"),
		event("gathering.completed", "2024-03-15T06:00:00Z", "gathering_id", "g3", "attendance_basis", "sign_in_sheet"),

		comes("g1", "ann", "participant", first),
		comes("g1", "bob", "participant", first), comes("g1", "bob", "participant", first).again("present", false),
		comes("g1", "cyd", "participant", first, "group_id", "wg2"),
		comes("g1", "dan", "participant", first),
		comes("g1", "eve", "participant", first), comes("g1", "eve-old", "participant", first),
		comes("g1", "gus", "participant", first),
		ghost, ghost.void(),
		comes("g3", "ann", "speaker", third), comes("g3", "bob", "participant", third), comes("g3", "dan", "host", third), comes("g3", "eve-old", "host", third),
		comes("g4", "bob", "host", fourth), comes("g4", "cyd", "participant", fourth), comes("g4", "gus", "participant", fourth, "group_id", "wg2"),
		comes("g4", "hal", "participant", fourth, "present", false).again("present", true),
		comes("g5", "gus", "participant", "2024-04-09T12:15:00Z"), // before its time
	}
	return events
}

func registers(gathering, person, status, at string) said {
	return event("registration.submitted", at, "registration_id", gathering+"-"+person, "gathering_id", gathering, "person_id", person, "status", status, "at", at)
}

func cancels(gathering, person, at string) said {
	return event("registration.cancelled", at, "registration_id", gathering+"-"+person, "gathering_id", gathering, "person_id", person, "at", at, "by", "attendee")
}

func hillsRegistrations() []said {
	return []said{
		registers("g1", "ann", "pending", "2024-01-10T00:00:00Z"), registers("g1", "ann", "confirmed", "2024-01-10T01:00:00Z"),
		registers("g1", "bob", "confirmed", "2024-01-12T06:00:00Z"), cancels("g1", "bob", "2024-01-19T12:15:00Z"), // 24 hours before, to the minute
		registers("g1", "cyd", "waitlisted", "2024-01-15T06:00:00Z"), registers("g1", "cyd", "confirmed", "2024-01-18T06:00:00Z"),
		registers("g1", "dan", "confirmed", "2024-01-10T01:00:00Z"),
		registers("g1", "eve-old", "waitlisted", "2024-01-16T06:00:00Z"), registers("g1", "eve-old", "confirmed", "2024-01-16T06:00:00Z"),
		cancels("g1", "eve", "2024-01-19T12:16:00Z"),
		registers("g1", "fay", "waitlisted", "2024-01-17T06:00:00Z"),
		registers("g3", "ann", "confirmed", "2024-03-14T18:30:00Z"), // the day itself, 00:15
		registers("g3", "gus", "confirmed", "2024-03-15T06:15:00Z"),
		registers("g3", "bob", "confirmed", "2024-03-16T06:15:00Z"),
		registers("g6", "ann", "confirmed", "2024-02-01T06:15:00Z"),
	}
}

func works(id, person, activity, on string, hours float64, pairs ...any) said {
	return event("volunteering.logged", on+"T06:00:00Z", append([]any{"log_id", id, "person_id", person, "activity", activity, "on", on, "hours", hours}, pairs...)...)
}

func hillsWork() []said {
	wrong := works("l8", "ann", "jury", "2024-03-04", 8)
	return []said{
		works("l1", "ann", "lecture", "2024-01-31", 2.5, "students_reached", 40),
		works("l2", "ann", "jury", "2024-02-01", 1),
		works("l3", "eve-old", "mentoring", "2024-02-02", 0.5),
		works("l4", "dan", "lecture", "2024-02-03", 3),
		works("l5", "bob", "lecture", "2024-04-10", 1.5, "students_reached", 10),
		works("l6", "bob", "lecture", "2024-04-11", 5), // tomorrow
		works("l7", "gus", "other", "2024-03-03", 4), works("l7", "gus", "other", "2024-03-03", 4).again("hours", 2),
		wrong, wrong.void(),
		opens("o1", "2024-02-01", "ambassador_id", "ann"),
		opens("o2", "2024-04-11", "ambassador_id", "bob"), // tomorrow
		opens("o3", "2023-12-31"),
		event("placement.status_changed", "2024-02-29T18:30:00Z", "placement_id", "pl1", "opportunity_id", "o1", "student_id", "cyd",
			"status", "started", "at", "2024-02-29T18:30:00Z"), // 1 March, 00:15
	}
}

func opens(id, day string, pairs ...any) said {
	return event("opportunity.published", day+"T06:00:00Z", append([]any{
		"opportunity_id", id, "kind", "internship", "employer_id", "e", "positions", 2, "state", "open", "opens", day,
	}, pairs...)...)
}

func moves(group, person, action, at string) said {
	return event("group.membership_changed", at, "group_id", group, "person_id", person, "action", action, "role", "member", "at", at)
}

func stands(initiative, kind, status, at string) said {
	return event("initiative.status_changed", at, "initiative_id", initiative, "kind", kind, "status", status, "at", at)
}

func hillsGroups() []said {
	rejected := stands("i2", "charter", "rejected", "2024-02-20T00:00:00Z")
	return []said{
		event("group.defined", "2023-12-01T00:00:00Z", "group_id", "wg1", "kind", "working_group", "name", "Students", "active_from", "2023-12-01"),
		event("group.defined", "2023-12-01T00:00:00Z", "group_id", "c1", "kind", "chapter", "name", "Capital", "active_from", "2023-12-01"),
		moves("wg1", "ann", "joined", "2023-12-21T06:00:00Z"),
		moves("wg1", "dan", "joined", "2023-12-21T06:00:00Z"),
		moves("wg1", "eve-old", "joined", "2024-02-10T07:00:00Z"), moves("wg1", "eve", "left", "2024-03-01T07:00:00Z"),
		moves("wg1", "bob", "joined", "2024-03-02T07:00:00Z"),
		moves("c1", "cyd", "joined", "2024-03-02T07:00:00Z"),
		moves("c1", "ann", "joined", "2024-06-02T07:00:00Z"), // to come
		moves("wg2", "gus", "joined", "2024-03-02T07:00:00Z"),

		stands("i1", "charter", "proposed", "2024-01-05T12:00:00Z"),
		stands("i1", "charter", "adopted", "2024-01-31T18:20:00Z"), // 1 February, 00:05: 27 days
		stands("i1", "charter", "done", "2024-03-01T00:00:00Z"),
		stands("i2", "charter", "proposed", "2024-02-01T00:00:00Z"), rejected, rejected.void(),
		stands("i3", "project", "in_progress", "2024-01-10T00:00:00Z"),
		stands("i4", "charter", "discussed", "2024-02-02T00:00:00Z"), stands("i4", "charter", "proposed", "2024-02-02T00:00:00Z"),
		stands("i4", "charter", "adopted", "2024-05-01T00:00:00Z"), // to come
		stands("i5", "charter", "proposed", "2024-03-01T00:00:00Z"), stands("i5", "charter", "adopted", "2024-03-11T00:00:00Z"),
	}
}
