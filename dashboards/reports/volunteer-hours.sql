/*
name: volunteer-hours
title: Volunteer hours
question: How much time do people give, and who gives it for the first time?
section: Engagement
definition: >
  Volunteer work as logged, by the day on which it was done. Volunteers are distinct persons; new ones have no log on an earlier day in all history, whatever the activity.
  Students reached adds up what the logs say: empty where there are logs and none of them says it.
  Every period between the first and the last log is listed, also those without; one that is not over is marked unfinished.
with: [logs, strangers, calendar]
grains: [month, quarter, year]
parameters:
  activity: {type: list, values: [mentoring, lecture, jury, ceremony_address, excursion_hosting, promotion, admissions, other], description: "Only work of these kinds."}
dimensions:
  period: {type: string, description: "The month 2024-05, quarter 2024-Q2 or year 2024."}
measures:
  hours: {sum: hours, unit: hours, persons: volunteers, description: "Hours given."}
  volunteers: {count: person_id, unit: persons, description: "Distinct persons who gave them."}
  hours_per_volunteer: {ratio: [hours, volunteers], unit: hours, title: Hours per volunteer, description: "Hours by volunteers."}
  new_volunteers: {count: person_id, where: is_new, unit: persons, title: New volunteers, description: "Of the volunteers, persons who had given no time before."}
  logs: {rows: true, persons: volunteers, where: is_log, unit: logs, description: "Entries in the log."}
  students_reached: {sum: students_reached, null_when: is_silent, null_text: not said, type: integer, unit: students, persons: volunteers, title: Students reached, description: "Students reached, as far as the logs say; a student may be counted again."}
  period_start: {value: period_start, type: date, title: Begins, description: "The first day of the period."}
  unfinished: {value: unfinished, type: boolean, description: "True while the period is not over."}
order: [period]
chart: {kind: bar, x: period, y: [hours]}
*/
WITH
    multiIf({grain:String} = 'year', 12, {grain:String} = 'quarter', 3, 1) AS months,
    given AS (
        SELECT *, day = min(day) OVER (PARTITION BY person_id) AS is_new
        FROM logs
    ),
    found AS (
        SELECT
            toInt64(intDiv(toYear(day) * 12 + toMonth(day) - 1, months)) AS period_number,
            given.person_id AS person_id, log_id, activity, day, toNullable(toFloat64(hours)) AS hours, students_reached, is_new,
            day >= toDate32({from:DateTime64(3, 'UTC')}, {timezone:String})
                AND day <= toDate32({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {timezone:String}) AS inside
        FROM given
        LEFT ASOF JOIN persons ON persons.person_id = given.person_id AND persons.valid_from < toDateTime64(given.day, 3, 'UTC') + toIntervalDay(1)
        WHERE if(persons.person_id != '', persons.wanted, (SELECT wanted FROM strangers))
            AND (empty({activity:Array(String)}) OR has({activity:Array(String)}, activity))
    )
SELECT
    period,
    inside AS is_log,
    if(inside, person_id, NULL) AS person_id,
    if(inside, log_id, NULL) AS log_id,
    if(inside, activity, NULL) AS activity,
    if(inside, day, NULL) AS day,
    if(inside, hours, NULL) AS hours,
    if(inside, students_reached, NULL) AS students_reached,
    inside AND is_new AS is_new,
    inside AND found.students_reached IS NULL AS is_silent,
    period_start,
    unfinished
FROM found
RIGHT JOIN calendar ON calendar.period_number = found.period_number
QUALIFY shown
    AND calendar.period_number >= minOrNullIf(calendar.period_number, found.period_number != 0) OVER ()
    AND calendar.period_number <= maxOrNullIf(calendar.period_number, found.period_number != 0) OVER ()
