/*
name: retention
title: Retention
question: Of those who came first in a month, how many are present so many months later?
section: People
definition: >
  Cohorts are persons by the period of their first attendance, or of joining. Persons are those of the cohort present at a gathering in exactly that period after (bounded). Long form: one row a cohort and period, up to the period of the last recorded gathering. A cell whose period is not over is marked unfinished.
with: [cohorts, periods]
grains: [month, quarter, year]
columns: [cohort, size, period, persons, share, unfinished]
dimensions:
  cohort: {type: string, calendar: true, description: "The month 2024-05, quarter 2024-Q2 or year 2024 in which the cohort began."}
  period: {type: integer, description: "Periods since then; 0 is the cohort's own."}
measures:
  size: {count: person_id, unit: persons, description: "Distinct persons in the cohort."}
  persons: {count: person_id, where: is_active, unit: persons, description: "Distinct persons of the cohort who are active in exactly that period."}
  share: {ratio: [persons, size], unit: share, description: "Persons by size."}
  unfinished: {value: unfinished, type: boolean, description: "True while the period is not over."}
order: [cohort, period]
chart: {kind: heatmap, x: period, y: [cohort, share]}
pivot: {rows: [cohort, size], columns: period, value: share}
*/
WITH
    multiIf({grain:String} = 'year', 12, {grain:String} = 'quarter', 3, 1) AS months,
    toDate32({as_of:DateTime64(3, 'UTC')}, {timezone:String}) AS today,
    intDiv(toYear(today) * 12 + toMonth(today) - 1, months) AS current_number,
    (SELECT max(period_number) FROM periods) AS last_number
SELECT
    multiIf(
        {grain:String} = 'year', leftPad(toString(cohort_number), 4, '0'),
        {grain:String} = 'quarter', concat(leftPad(toString(intDiv(cohort_number, 4)), 4, '0'), '-Q', toString(cohort_number % 4 + 1)),
        concat(leftPad(toString(intDiv(cohort_number, 12)), 4, '0'), '-', leftPad(toString(cohort_number % 12 + 1), 2, '0'))
    ) AS cohort,
    arrayJoin(range(0, greatest(last_number, cohort_number) - cohort_number + 1)) AS period,
    person_id,
    has(active_after, period) AS is_active,
    cohort_number + period >= current_number AS unfinished
FROM cohorts
WHERE makeDate32(intDiv((cohort_number + 1) * months, 12), (cohort_number + 1) * months % 12 + 1, 1) > toDate32({from:DateTime64(3, 'UTC')}, {timezone:String})
    AND makeDate32(intDiv(cohort_number * months, 12), cohort_number * months % 12 + 1, 1) <= toDate32({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {timezone:String})
