/*
name: members
title: Members
question: Who are our members, and how active are they?
section: People
definition: >
  Everyone who registered, was updated or left, with attributes as they are now; the filters of persons judge these. Gatherings are those at which the person was present, hours those of logged volunteer work,
  both narrowed by from and to; the filters of gatherings concern gatherings only. Merged persons are one.
personal: true
with: [everyone, chosen, present, logs, resolve]
grains: [gathering]
parameters:
  person: {type: list, description: "Only these persons, by any of their ids."}
dimensions:
  person_id: {type: string, title: Person, description: "The person's id."}
measures:
  member_kind: {value: member_kind, title: Kind, description: "alumnus, student, staff or partner."}
  status: {value: member_status, description: "candidate or ambassador."}
  faculty: {value: member_faculty, description: "The faculty."}
  chapter_id: {value: chapter_id, title: Chapter, description: "The chapter."}
  graduation_year: {value: graduation_year, type: integer, title: Graduated, description: "The year of graduation."}
  joined_at: {value: joined_at, type: datetime, title: Joined, description: "When the person joined first; empty when never registered."}
  left_at: {value: left_at, type: datetime, title: Left, description: "When the person left; empty for those who stayed or came back."}
  gatherings: {count: gathering_id, unit: gatherings, description: "Distinct gatherings at which the person was present."}
  first_attended: {expr: min(attended_on), type: date, null_text: never, title: First attended, description: "The day of the first of them."}
  last_attended: {expr: max(attended_on), type: date, null_text: never, title: Last attended, description: "The day of the last of them."}
  hours: {sum: hours, unit: hours, description: "Hours of volunteer work."}
order: [person_id]
chart: {kind: bar, x: person_id, y: [gatherings]}
*/
WITH
    acts AS (
        SELECT person_id, groupArray(act) AS acts
        FROM (
            SELECT present.person_id AS person_id, (present.gathering_id, toNullable(present.local_date), CAST(NULL, 'Nullable(Float64)')) AS act
            FROM present
            INNER JOIN chosen ON chosen.gathering_id = present.gathering_id
            WHERE chosen.starts_at >= {from:DateTime64(3, 'UTC')} AND chosen.starts_at < {to:DateTime64(3, 'UTC')}
            UNION ALL
            SELECT person_id, ('', CAST(NULL, 'Nullable(Date32)'), toNullable(toFloat64(hours)))
            FROM logs
            WHERE day >= toDate32({from:DateTime64(3, 'UTC')}, {timezone:String}) AND day <= toDate32({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {timezone:String})
        )
        GROUP BY person_id
    ),
    -- What a person is stands in a row of its own, before those of what the person did.
    listed AS (
        SELECT everyone.*, arrayJoin(arrayPushFront(acts.acts, ('', CAST(NULL, 'Nullable(Date32)'), CAST(NULL, 'Nullable(Float64)')))) AS act, act.1 = '' AND act.3 IS NULL AS is_person
        FROM everyone
        LEFT JOIN acts ON acts.person_id = everyone.person_id
        WHERE everyone.wanted AND (empty({person:Array(String)}) OR everyone.person_id IN (
            SELECT resolve(given.id)
            FROM (SELECT arrayJoin({person:Array(String)}) AS id) AS given
        ))
    )
SELECT
    person_id,
    if(is_person, nullIf(kind, ''), NULL) AS member_kind,
    if(is_person, nullIf(listed.status, ''), NULL) AS member_status,
    if(is_person, nullIf(listed.faculty, ''), NULL) AS member_faculty,
    if(is_person, nullIf(listed.chapter_id, ''), NULL) AS chapter_id,
    if(is_person, listed.graduation_year, NULL) AS graduation_year,
    if(is_person, listed.joined_at, NULL) AS joined_at,
    if(is_person, listed.left_at, NULL) AS left_at,
    nullIf(act.1, '') AS gathering_id,
    act.2 AS attended_on,
    act.3 AS hours
FROM listed
