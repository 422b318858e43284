/*
name: first-timer-share
title: First-timer share
question: How many of those who come have never come before?
section: Gatherings
definition: >
  First-timers are persons with no earlier attendance at any gathering, ever; the share is first-timers by attendees, both distinct persons in the period.
  Gatherings whose attendance is not recorded are left out; months, quarters and years without attendance are listed, too: with 0 where no gathering was held, empty where gatherings are over and not one of them is recorded.
with: [periods, attended, unrecorded]
grains: [gathering, month, quarter, year]
dimensions:
  period: {type: string, description: "The gathering id, month 2024-05, quarter 2024-Q2 or year 2024."}
measures:
  attendees: {count: person_id, null_when: is_unknown, null_text: not recorded, unit: persons, description: "Distinct persons present in the period."}
  first_timers: {count: person_id, where: is_first_time, null_when: is_unknown, null_text: not recorded, unit: persons, title: First-timers, description: "Of these, persons who attended nothing before."}
  first_timer_share: {ratio: [first_timers, attendees], unit: share, title: First-timer share, description: "First-timers by attendees."}
  period_start: {value: period_start, type: date, title: Begins, description: "The first day of the period."}
  unfinished: {value: unfinished, type: boolean, description: "True while the period is not over."}
order: [min(period_number)]
chart: {kind: line, x: period, y: [first_timer_share]}
*/
SELECT
    period,
    nullIf(attended.person_id, '') AS person_id,
    attended.person_id != '' AND is_first_time AS is_first_time,
    nullIf(attended.gathering_id, '') AS gathering_id,
    if(attended.person_id = '', NULL, attended.starts_at) AS starts_at,
    {grain:String} != 'gathering' AND periods.period_number IN (SELECT period_number FROM unrecorded) AS is_unknown,
    periods.period_number AS period_number,
    period_start,
    unfinished
FROM periods
LEFT JOIN (
    SELECT person_id, gathering_id, is_first_time, starts_at, period_number
    FROM attended
    WHERE starts_at >= {from:DateTime64(3, 'UTC')} AND starts_at < {to:DateTime64(3, 'UTC')}
) AS attended ON attended.period_number = periods.period_number
WHERE shown
