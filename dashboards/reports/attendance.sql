/*
name: attendance
title: Attendance
question: How many people came to each gathering, and how many of them were new?
section: Gatherings
definition: >
  Attended is the number of distinct persons recorded as present, beside the head count and the anonymous guests that the organisers gave.
  It is empty where nobody's attendance was recorded: not recorded is not zero. New members joined after the previous gathering of the series began,
  continuing are the others; both are empty at the first gathering of a series and outside of series. First-timers have no earlier attendance at any gathering,
  which is something else. Cancelled gatherings do not count.
with: [chosen, attended, joined]
grains: [gathering]
dimensions:
  gathering_id: {type: string, title: Gathering, description: "The gathering's id."}
measures:
  title: {value: title, description: "What the gathering is called."}
  starts_at: {value: starts_at, type: datetime, title: Start, description: "When it began."}
  attendance_basis: {value: attendance_basis, title: Basis, description: "How attendance was taken: check_in, sign_in_sheet, headcount_only, registration_assumed, not_recorded; unstated when nobody said."}
  attended: {count: person_id, null_when: is_not_recorded, unit: persons, description: "Distinct persons recorded as present; empty where nothing was recorded."}
  new_members: {count: person_id, where: is_new_member, null_when: has_no_previous, null_text: first of its series, unit: persons, description: "Present persons who joined after the previous gathering of the series began; empty at the first."}
  continuing: {count: person_id, where: is_continuing, null_when: has_no_previous, null_text: first of its series, unit: persons, description: "Present persons who are not new members."}
  first_timers: {count: person_id, where: is_first_time, null_when: is_not_recorded, unit: persons, title: First-timers, description: "Present persons who attended nothing before."}
  headcount: {value: headcount, type: integer, unit: persons, title: Head count, description: "Heads counted by the organisers."}
  anonymous_guests: {value: anonymous_guests, type: integer, unit: persons, title: Guests, description: "Guests without a name as told by the organisers."}
  new_share: {ratio: [new_members, attended], null_text: first of its series, unit: share, title: New, description: "New members by attended."}
  kind: {value: gathering_kind, title: Kind, description: "The kind of gathering."}
  series_id: {value: series_id, title: Series, description: "The series that the gathering belongs to."}
  unfinished: {value: unfinished, type: boolean, description: "True until the gathering has ended."}
order: [starts_at, gathering_id]
parts:
  - {total: headcount, of: [attended, anonymous_guests]}
chart: {kind: stacked, x: title, y: [continuing, new_members], total: attended}
*/
SELECT
    chosen.gathering_id AS gathering_id,
    nullIf(attended.person_id, '') AS person_id,
    attended.person_id != '' AND is_first_time AS is_first_time,
    attended.person_id != '' AND chosen.previous_starts_at IS NOT NULL
        AND joined.person_id != '' AND ifNull(joined.joined_at > chosen.previous_starts_at, false) AS is_new_member,
    attended.person_id != '' AND NOT is_new_member AS is_continuing,
    NOT recorded AS is_not_recorded,
    is_not_recorded OR chosen.previous_starts_at IS NULL AS has_no_previous,
    nullIf(role, '') AS role,
    attended.minutes AS minutes,
    if(joined.person_id = '', NULL, joined.joined_at) AS joined_at,
    chosen.starts_at AS starts_at,
    nullIf(title, '') AS title,
    attendance_basis,
    headcount,
    anonymous_guests,
    nullIf(chosen.kind, '') AS gathering_kind,
    nullIf(chosen.series_id, '') AS series_id,
    chosen.ends_at > {as_of:DateTime64(3, 'UTC')} AS unfinished
FROM chosen
LEFT JOIN attended ON attended.gathering_id = chosen.gathering_id
LEFT JOIN joined ON joined.person_id = attended.person_id
WHERE chosen.starts_at >= {from:DateTime64(3, 'UTC')} AND chosen.starts_at < {to:DateTime64(3, 'UTC')}
