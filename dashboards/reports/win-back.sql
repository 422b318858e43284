/*
name: win-back
title: Win-back list
question: Whom have we not seen for half a year, though they used to come?
section: People
definition: >
  Persons who were at two gatherings or more in the last 12 months and at none in the last 6. The months end today, or on the day of "to" when that is earlier; "from" is left aside. Who has left or died is not listed.
  Gatherings are judged by the filters as at the gathering; faculty, chapter, and whether the person may be written to, are shown as they are now.
personal: true
with: [attended]
grains: [gathering]
dimensions:
  person_id: {type: string, title: Person, description: "The person's id."}
measures:
  gatherings: {count: gathering_id, unit: gatherings, description: "Distinct gatherings attended in the 12 months."}
  last_attended: {value: last_attended, type: date, title: Last attended, description: "The day of the last of them."}
  days_since: {value: days_since, type: integer, unit: days, persons: none, title: Days since, description: "Days from then until today."}
  faculty: {value: faculty, description: "The faculty, as now."}
  chapter_id: {value: chapter_id, title: Chapter, description: "The chapter, as now."}
  contactable: {value: contactable, type: boolean, description: "Whether the community may write to the person, as now."}
order: [last_attended, person_id]
chart: {kind: bar, x: person_id, y: [gatherings]}
*/
WITH
    least(
        toDate32({as_of:DateTime64(3, 'UTC')}, {timezone:String}),
        toDate32({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {timezone:String})
    ) AS today
SELECT
    came.person_id AS person_id,
    came.gathering_id AS gathering_id,
    came.local_date AS attended_on,
    max(came.local_date) OVER (PARTITION BY came.person_id) AS last_attended,
    dateDiff('day', last_attended, today) AS days_since,
    nullIf(now.faculty, '') AS faculty,
    nullIf(now.chapter_id, '') AS chapter_id,
    if(now.person_id = '', true, now.contactable) AS contactable
FROM (
    SELECT person_id, gathering_id, local_date
    FROM attended
    WHERE local_date > subtractMonths(today, 12) AND local_date <= today
) AS came
LEFT JOIN (
    SELECT person_id, faculty, chapter_id, contactable, living AND left_at IS NULL AS is_here
    FROM members
    WHERE tenant = {tenant:String}
) AS now ON now.person_id = came.person_id
WHERE now.person_id = '' OR now.is_here
QUALIFY uniqExact(came.gathering_id) OVER (PARTITION BY came.person_id) >= 2 AND last_attended <= subtractMonths(today, 6)
