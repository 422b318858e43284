/*
name: student-contact
title: Student contact
question: How many students do our ambassadors reach, and with how much time?
section: Engagement
definition: >
  Student meetings and excursions that have begun and were not cancelled, and the distinct students who were present at them, being students on that day. Where such gatherings are over and not one of a period's is recorded, students are empty.
  Hours are volunteer work logged as mentoring, lecture or excursion hosting in the period; students per hour is students by these hours.
  Every period between the first and the last of these is listed; one that is not over is marked unfinished.
with: [chosen, present, strangers, logs, calendar]
grains: [year, quarter, month]
dimensions:
  period: {type: string, description: "The month 2024-05, quarter 2024-Q2 or year 2024."}
measures:
  student_meetings: {count: gathering_id, where: is_meeting, unit: gatherings, title: Student meetings, description: "Student meetings that have begun."}
  excursions: {count: gathering_id, where: is_excursion, unit: gatherings, description: "Excursions that have begun."}
  not_recorded: {count: gathering_id, where: is_not_recorded, unit: gatherings, title: Not recorded, description: "Of both, gatherings that are over and whose attendance is not recorded."}
  students: {count: person_id, where: is_student, null_when: is_unknown, null_text: not recorded, unit: students, description: "Distinct students present at them."}
  hours: {sum: hours, unit: hours, persons: volunteers, description: "Hours of mentoring, lectures and excursion hosting."}
  volunteers: {count: person_id, where: is_work, unit: persons, description: "Distinct persons who gave them."}
  students_per_hour: {ratio: [students, hours], unit: students, title: Students per hour, description: "Students by hours."}
  period_start: {value: period_start, type: date, title: Begins, description: "The first day of the period."}
  unfinished: {value: unfinished, type: boolean, description: "True while the period is not over."}
order: [period]
chart: {kind: bar, x: period, y: [students]}
*/
WITH
    multiIf({grain:String} = 'year', 12, {grain:String} = 'quarter', 3, 1) AS months,
    meetings AS (
        SELECT *, starts_at >= {from:DateTime64(3, 'UTC')} AND starts_at < {to:DateTime64(3, 'UTC')} AS inside
        FROM chosen
        WHERE kind IN ('student_meeting', 'excursion') AND starts_at <= {as_of:DateTime64(3, 'UTC')}
    ),
    by_persons AS (
        SELECT 'attendance' AS act, present.local_date AS day, meetings.inside AS inside, present.person_id AS person_id, present.gathering_id AS record, NULL AS given
        FROM present
        INNER JOIN meetings ON meetings.gathering_id = present.gathering_id
        UNION ALL
        SELECT
            'work', day,
            day >= toDate32({from:DateTime64(3, 'UTC')}, {timezone:String}) AND day <= toDate32({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {timezone:String}),
            person_id, log_id, toNullable(toFloat64(hours))
        FROM logs
        WHERE activity IN ('mentoring', 'lecture', 'excursion_hosting')
    ),
    found AS (
        SELECT
            if(inside, act, '') AS act, toInt64(intDiv(toYear(by_persons.day) * 12 + toMonth(by_persons.day) - 1, months)) AS period_number,
            by_persons.person_id AS person_id, record, given, false AS recorded, false AS over
        FROM by_persons
        LEFT ASOF JOIN persons ON persons.person_id = by_persons.person_id AND persons.valid_from < toDateTime64(by_persons.day, 3, 'UTC') + toIntervalDay(1)
        WHERE if(persons.person_id != '', persons.wanted, (SELECT wanted FROM strangers)) AND (act != 'attendance' OR persons.person_kind = 'student')
        UNION ALL
        SELECT if(inside, kind, ''), period_number, '', gathering_id, NULL, recorded, ends_at <= {as_of:DateTime64(3, 'UTC')}
        FROM meetings
    ),
    unrecorded AS (
        SELECT period_number
        FROM meetings
        WHERE inside
        GROUP BY period_number
        HAVING max(NOT recorded AND ends_at <= {as_of:DateTime64(3, 'UTC')}) AND NOT max(recorded)
    )
SELECT
    period,
    nullIf(act, '') AS what,
    if(act = '', NULL, nullIf(person_id, '')) AS person_id,
    if(act IN ('', 'work'), NULL, nullIf(record, '')) AS gathering_id,
    if(act = 'work', record, NULL) AS log_id,
    if(act = 'work', given, NULL) AS hours,
    act = 'student_meeting' AS is_meeting,
    act = 'excursion' AS is_excursion,
    (is_meeting OR is_excursion) AND over AND NOT recorded AS is_not_recorded,
    act = 'attendance' AS is_student,
    act = 'work' AS is_work,
    calendar.period_number IN (SELECT period_number FROM unrecorded) AS is_unknown,
    period_start,
    unfinished
FROM found
RIGHT JOIN calendar ON calendar.period_number = found.period_number
QUALIFY shown
    AND calendar.period_number >= minOrNullIf(calendar.period_number, found.period_number != 0) OVER ()
    AND calendar.period_number <= maxOrNullIf(calendar.period_number, found.period_number != 0) OVER ()
