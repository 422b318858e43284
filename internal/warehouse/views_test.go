package warehouse_test

import (
	"testing"
)

func TestGatherings(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	planned := func(id, more string) string {
		return `gathering.scheduled 2022-04-01 {"gathering_id":"` + id + `","kind":"meeting","formality":"formal","format":"in_person","starts_at":"2022-05-27T15:00:00Z","ends_at":"2022-05-27T18:00:00Z"` + more + `}`
	}
	h.store(
		planned("held", `,"title":"Second meeting","series_id":"s","capacity":80`), planned("unrecorded", ""), planned("off", ""),
		`gathering.completed 2022-05-28 {"gathering_id":"held","attendance_basis":"sign_in_sheet","headcount":52,"anonymous_guests":3}`,
		`gathering.cancelled 2022-05-20 {"gathering_id":"off","at":"2022-05-20T10:00:00Z"}`,
		`gathering.cancelled 2022-05-20 {"gathering_id":"never","at":"2022-05-20T10:00:00Z"}`,
		`gathering.completed 2022-05-29 {"gathering_id":"late","attendance_basis":"headcount_only","headcount":7}`,
		`attendance.recorded 2022-05-27 id=1 {"gathering_id":"held","person_id":"p","present":true,"role":"participant","method":"qr"}`,
		`attendance.recorded 2022-06-28 id=2 {"gathering_id":"walk","person_id":"p","present":true,"role":"participant","method":"qr","at":"2022-06-03T10:00:00Z"}`,
		`attendance.recorded 2022-06-02 id=3 {"gathering_id":"walk","person_id":"q","present":true,"role":"participant","method":"qr"}`,
	)
	h.expect("SELECT arraySort(groupArray((gathering_id, scheduled, cancelled, attendance_basis, starts_at))) FROM gatherings",
		"[('held',true,false,'sign_in_sheet','2022-05-27 15:00:00.000'),('late',false,false,'headcount_only','2022-05-29 12:00:00.000'),"+
			"('off',true,true,'not_recorded','2022-05-27 15:00:00.000'),('unrecorded',true,false,'not_recorded','2022-05-27 15:00:00.000'),"+
			"('walk',false,false,'unstated','2022-06-02 12:00:00.000')]")
	h.expect("SELECT groupArray((title, kind, series_id, capacity, headcount, anonymous_guests, ends_at)) FROM gatherings WHERE gathering_id = 'held'",
		"[('Second meeting','meeting','s',80,52,3,'2022-05-27 18:00:00.000')]")
}

func TestRegistrations(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	submitted := func(person, status, at, more string) string {
		return `registration.submitted 2022-05-01 id=` + person + status + ` {"registration_id":"r","gathering_id":"g","person_id":"` + person + `","status":"` + status + `","at":"` + at + `"` + more + `}`
	}
	cancelled := func(person, at string) string {
		return `registration.cancelled 2022-05-01 id=` + person + at + ` {"registration_id":"r","gathering_id":"g","person_id":"` + person + `","at":"` + at + `","by":"attendee"}`
	}
	h.store(
		cancelled("gone", "2022-05-04T10:00:00Z"), submitted("gone", "confirmed", "2022-05-03T10:00:00Z", ""), submitted("gone", "pending", "2022-05-02T10:00:00Z", `,"guests":2,"channel":"site"`),
		submitted("back", "pending", "2022-05-02T10:00:00Z", ""), cancelled("back", "2022-05-03T10:00:00Z"), submitted("back", "waitlisted", "2022-05-04T10:00:00Z", ""), submitted("back", "confirmed", "2022-05-05T10:00:00Z", ""),
		submitted("same", "confirmed", "2022-05-02T10:00:00Z", ""), submitted("same", "pending", "2022-05-02T10:00:00Z", ""),
		cancelled("only", "2022-05-02T10:00:00Z"),
	)
	h.expect("SELECT arraySort(groupArray((person_id, status, cancelled_by, channel, guests))) FROM registrations",
		"[('back','confirmed','','',0),('gone','cancelled','attendee','site',2),('only','cancelled','attendee','',0),('same','confirmed','','',0)]")
	h.expect("SELECT arraySort(groupArray((person_id, submitted_at, confirmed_at, waitlisted_at, cancelled_at))) FROM registrations WHERE person_id IN ('back', 'gone')",
		"[('back','2022-05-02 10:00:00.000','2022-05-05 10:00:00.000','2022-05-04 10:00:00.000',NULL),"+
			"('gone','2022-05-02 10:00:00.000','2022-05-03 10:00:00.000',NULL,'2022-05-04 10:00:00.000')]")
}

func TestMembers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	joined := func(person, at, more string) string {
		return `member.registered 2020-01-01 id=` + person + ` {"person_id":"` + person + `","kind":"alumnus","status":"candidate","joined_at":"` + at + `"` + more + `}`
	}
	h.store(
		joined("p", "2020-01-01T10:00:00Z", `,"faculty":"law","graduation_year":1999`),
		`member.updated 2020-01-02 id=u1 {"person_id":"p","valid_from":"2020-01-01","status":"ambassador"}`,
		`member.updated 2020-01-02 id=u3 {"person_id":"p","valid_from":"2021-06-01","chapter_id":"south","contactable":false}`,
		`member.updated 2020-01-02 id=u2 {"person_id":"p","valid_from":"2021-01-01","chapter_id":"north","region":"n"}`,
		`member.updated 2020-01-02 id=u4 {"person_id":"p","valid_from":"2100-01-01","chapter_id":"future"}`,
		joined("gone", "2020-01-01T10:00:00Z", ""), `member.left 2021-01-01 id=l1 {"person_id":"gone","at":"2021-01-01T10:00:00Z","reason":"deceased"}`,
		`member.left 2021-01-01 id=l2 {"person_id":"back","at":"2021-01-01T10:00:00Z","reason":"lapsed"}`, joined("back", "2022-01-01T10:00:00Z", ""),
		`consent.changed 2022-01-01 id=c1 {"person_id":"back","purpose":"contact","granted":false,"at":"2022-02-01T10:00:00Z"}`,
		`consent.changed 2022-01-01 id=c2 {"person_id":"stranger","purpose":"contact","granted":false,"at":"2022-02-01T10:00:00Z"}`,
	)
	h.expect("SELECT arraySort(groupArray((person_id, status, faculty, graduation_year, chapter_id, region, living, contactable, left_reason))) FROM members",
		"[('back','candidate','',NULL,'','',true,false,''),('gone','candidate','',NULL,'','',false,true,'deceased'),('p','ambassador','law',1999,'south','n',true,false,'')]")
	h.expect("SELECT arraySort(groupArray((person_id, joined_at, left_at))) FROM members",
		"[('back','2022-01-01 10:00:00.000',NULL),('gone','2020-01-01 10:00:00.000','2021-01-01 10:00:00.000'),('p','2020-01-01 10:00:00.000',NULL)]")
	h.expect("SELECT groupArray((toDate32(valid_from), status, faculty, chapter_id, region, contactable)) FROM (SELECT valid_from, status, faculty, chapter_id, region, contactable FROM member_attributes WHERE person_id = 'p' ORDER BY valid_from)",
		"[('2020-01-01','ambassador','law','','',true),('2021-01-01','ambassador','law','north','n',true),"+
			"('2021-06-01','ambassador','law','south','n',false),('2100-01-01','ambassador','law','future','n',false)]")
}

func TestActsOfADayHaveNoTime(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.store(
		`volunteering.logged 2022-05-28T03:00:00Z id=1 {"log_id":"v","person_id":"old","activity":"lecture","on":"2022-05-27","hours":1}`,
		`donation.received 2022-05-28T03:00:00Z id=2 {"gift_id":"d","donor_id":"p","amount_minor":100,"currency":"EUR","kind":"cash","legal_donor":"self","on":"1931-02-03"}`,
		`attendance.recorded 2022-05-27T23:30:00Z id=3 `+presentData,
		`attendance.recorded 2022-05-27T23:30:00Z id=4 rev=1 `+absentData,
		merge("old", "new", ""),
	)
	h.expect("SELECT arraySort(groupArray((mode, person_id, day))) FROM acts",
		"[('philanthropic','p','1931-02-03'),('volunteer','new','2022-05-27')]")
	h.store(`attendance.recorded 2022-05-27T23:30:00Z id=5 rev=2 ` + presentData)
	h.expect("SELECT groupArray((at, day)) FROM acts WHERE mode = 'experiential'", "[('2022-05-27 23:30:00.000',NULL)]")
}

func TestReadersSeeOneTenant(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, tenant := range []string{"acme", "other"} {
		h.store(
			`attendance.recorded 2022-05-27 id=1 tenant=`+tenant+` `+presentData,
			`attendance.recorded 2022-05-27 id=2 tenant=`+tenant+` {"gathering_id":"g","person_id":"old","present":true,"role":"participant","method":"sheet"}`,
			`member.registered 2020-01-01 id=3 tenant=`+tenant+` {"person_id":"p","kind":"alumnus","status":"candidate","joined_at":"2020-01-01T10:00:00Z"}`,
			`registration.submitted 2022-05-01 id=4 tenant=`+tenant+` {"registration_id":"r1","gathering_id":"g","person_id":"p","status":"pending","at":"2022-05-01T10:00:00Z"}`,
			`member.merged 2022-05-01 id=5 tenant=`+tenant+` {"from_id":"old","into_id":"p`+tenant+`","evidence":"email"}`,
			`member.merged 2022-05-01 id=6 tenant=`+tenant+` {"from_id":"p`+tenant+`","into_id":"q`+tenant+`","evidence":"email"}`,
		)
	}
	var names []string
	rows, err := h.db.Conn().Query(t.Context(), `SELECT name FROM system.tables WHERE database = currentDatabase() AND name NOT IN ('migrations', 'merged_persons')
		AND name IN (SELECT table FROM system.columns WHERE database = currentDatabase() AND name = 'tenant')`)
	must(t, err)
	for rows.Next() {
		var name string
		must(t, rows.Scan(&name))
		names = append(names, name)
	}
	must(t, rows.Err())
	for _, name := range names {
		h.expect("SELECT groupUniqArray(toString(tenant)) IN (['acme'], []) FROM "+name, "1", h.db.TenantSettings("acme"))
		h.expect("SELECT count() FROM "+name, "0", h.db.TenantSettings(`nobody' OR 'x' = 'x`))
	}
	for _, query := range []string{"SELECT groupArray((tenant, resolved)) FROM person_aliases", "SELECT arraySort(groupArray((tenant, person_id))) FROM attendance", "SELECT count() FROM members"} {
		confined := h.ask(query, h.db.TenantSettings("acme"))
		if all := h.ask(query); confined == all {
			t.Errorf("%s: the setting confines nothing: %s", query, all)
		}
	}
	h.expect("SELECT arraySort(groupArray(person_id)) FROM attendance", "['p','qacme']", h.db.TenantSettings("acme"))
}
