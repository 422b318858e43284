/*
name: activity
title: Activity
question: What happened in each period?
section: Overview
definition: >
  The main figures of a period side by side, each as its own report has it. Gatherings are those that have begun and were not cancelled; not recorded are those of them that are over and whose attendance nobody recorded.
  Attendances are acts, attendees distinct persons, first-timers those of them with no earlier attendance at any gathering. Where gatherings of a period are over and not one of them is recorded, these three are empty.
  Joined are persons by the day on which they joined first. Hours and volunteers come from the log of volunteer work, openings from the first day to apply, placements from the day on which they began.
  The filters of persons concern attendance, joining, hours and placements; those of gatherings concern gatherings and attendance; openings are narrowed by their kind only, which narrows nothing else.
  Every period between the first and the last one in which something happened is listed; one that is not over is marked unfinished.
with: [chosen, present, strangers, joined, logs, openings, placements, unrecorded, calendar]
grains: [month, quarter, year]
dimensions:
  period: {type: string, description: "The month 2024-05, quarter 2024-Q2 or year 2024."}
measures:
  gatherings: {count: gathering_id, where: is_gathering, unit: gatherings, description: "Gatherings that have begun and were not cancelled."}
  not_recorded: {count: gathering_id, where: is_not_recorded, unit: gatherings, title: Not recorded, description: "Of these, gatherings that are over and whose attendance is not recorded."}
  attendances: {rows: true, persons: attendees, where: is_attendance, null_when: is_unknown, null_text: not recorded, unit: attendances, description: "Persons present, counted at each gathering; empty where nothing was recorded."}
  attendees: {count: person_id, where: is_attendance, null_when: is_unknown, null_text: not recorded, unit: persons, description: "Distinct persons present; empty where nothing was recorded."}
  first_timers: {count: person_id, where: is_first_time, null_when: is_unknown, null_text: not recorded, unit: persons, title: First-timers, description: "Of these, persons who attended nothing before."}
  first_timer_share: {ratio: [first_timers, attendees], unit: share, title: First-timer share, description: "First-timers by attendees."}
  joined: {count: person_id, where: is_joining, unit: persons, description: "Distinct persons who joined first in the period."}
  hours: {sum: hours, unit: hours, persons: volunteers, description: "Hours of volunteer work."}
  volunteers: {count: person_id, where: is_volunteering, unit: persons, description: "Distinct persons who gave these hours."}
  openings: {rows: true, where: is_opening, unit: openings, description: "Openings whose first day to apply is in the period."}
  placements_started: {rows: true, where: is_start, unit: placements, title: Placements started, description: "Internships, work placements and jobs that began in the period."}
  period_start: {value: period_start, type: date, title: Begins, description: "The first day of the period."}
  unfinished: {value: unfinished, type: boolean, description: "True while the period is not over."}
order: [period]
chart: {kind: line, x: period, y: [attendees, first_timers]}
*/
WITH
    multiIf({grain:String} = 'year', 12, {grain:String} = 'quarter', 3, 1) AS months,
    toDate32({from:DateTime64(3, 'UTC')}, {timezone:String}) AS first_day,
    toDate32({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {timezone:String}) AS last_day,
    -- A gathering stands in a row for everyone who was present, or in one without a person.
    acts AS (
        SELECT
            'gathering' AS act, chosen.local_date AS day, chosen.starts_at >= {from:DateTime64(3, 'UTC')} AND chosen.starts_at < {to:DateTime64(3, 'UTC')} AS inside,
            present.person_id AS person_id, chosen.gathering_id AS record, present.is_first_time AS is_first, NULL AS given, NOT recorded AND ends_at <= {as_of:DateTime64(3, 'UTC')} AS is_silent
        FROM chosen
        LEFT JOIN present ON present.gathering_id = chosen.gathering_id
        WHERE chosen.starts_at <= {as_of:DateTime64(3, 'UTC')}
        UNION ALL
        SELECT 'joining', toDate32(joined_at, {timezone:String}), joined_at >= {from:DateTime64(3, 'UTC')} AND joined_at < {to:DateTime64(3, 'UTC')}, person_id, '', false, NULL, false
        FROM joined
        WHERE joined_at <= {as_of:DateTime64(3, 'UTC')}
        UNION ALL
        SELECT 'volunteering', day, day BETWEEN first_day AND last_day, person_id, log_id, false, toNullable(toFloat64(hours)), false
        FROM logs
        UNION ALL
        SELECT 'start', toDate32(started_at, {timezone:String}), started_at >= {from:DateTime64(3, 'UTC')} AND started_at < {to:DateTime64(3, 'UTC')}, person_id, placement_id, false, NULL, false
        FROM placements
        UNION ALL
        SELECT 'opening', opens, opens BETWEEN first_day AND last_day, '', opportunity_id, false, NULL, false
        FROM openings
        WHERE has_opened
    ),
    found AS (
        SELECT
            if(inside, act, '') AS act, toInt64(intDiv(toYear(day) * 12 + toMonth(day) - 1, months)) AS period_number, day,
            if(is_shown, acts.person_id, '') AS person_id, record, is_first, given, is_silent,
            acts.person_id != '' AND if(persons.person_id != '', persons.wanted, (SELECT wanted FROM strangers)) AS is_shown
        FROM acts
        LEFT ASOF JOIN persons ON persons.person_id = acts.person_id AND persons.valid_from < toDateTime64(acts.day, 3, 'UTC') + toIntervalDay(1)
        WHERE is_shown OR act IN ('gathering', 'opening')
    )
SELECT
    period,
    nullIf(act, '') AS what,
    if(act = '', NULL, nullIf(found.person_id, '')) AS person_id,
    if(is_gathering, nullIf(found.record, ''), NULL) AS gathering_id,
    if(act IN ('', 'gathering'), NULL, nullIf(found.record, '')) AS record,
    if(act = '', NULL, found.day) AS day,
    if(act = 'volunteering', given, NULL) AS hours,
    act = 'gathering' AS is_gathering,
    is_gathering AND is_silent AS is_not_recorded,
    is_gathering AND found.person_id != '' AS is_attendance,
    is_attendance AND is_first AS is_first_time,
    act = 'joining' AS is_joining,
    act = 'volunteering' AS is_volunteering,
    act = 'opening' AS is_opening,
    act = 'start' AS is_start,
    calendar.period_number IN (SELECT period_number FROM unrecorded) AS is_unknown,
    period_start,
    unfinished
FROM found
RIGHT JOIN calendar ON calendar.period_number = found.period_number
QUALIFY shown
    AND calendar.period_number >= minOrNullIf(calendar.period_number, found.period_number != 0) OVER ()
    AND calendar.period_number <= maxOrNullIf(calendar.period_number, found.period_number != 0) OVER ()
