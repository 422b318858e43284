/*
name: stickiness
title: Stickiness
question: In how many months of a year do people come?
section: People
definition: >
  Persons by the number of months of the calendar year in which they were present at a gathering. Monthly active is the mean of the distinct persons a month over the
  months of the year (of the current year: those begun), yearly active the distinct persons of the year; stickiness is monthly by yearly active. A year that is not over is marked unfinished.
with: [attended]
grains: [year]
dimensions:
  period: {type: string, title: Year, description: "The calendar year."}
  active_months: {type: integer, title: Active months, description: "The number of months, 1 to 12."}
measures:
  persons: {count: person_id, where: is_in_bucket, unit: persons, description: "Distinct persons active in exactly so many months."}
  yearly_active: {count: person_id, unit: persons, title: Yearly active, description: "Distinct persons active in the year."}
  share: {ratio: [persons, yearly_active], unit: share, description: "Persons by yearly active."}
  monthly_active: {expr: sum(months_of_person) / max(months_begun), type: number, unit: persons, title: Monthly active, description: "Mean of the distinct persons active in a month."}
  stickiness: {expr: sum(months_of_person) / max(months_begun) / uniqExact(person_id), type: number, unit: share, description: "Monthly active by yearly active."}
  unfinished: {value: unfinished, type: boolean, description: "True while the year is not over."}
order: [period, active_months]
parts:
  - {total: yearly_active, of: [persons], over: [active_months]}
  - {total: monthly_active, over: [active_months]}
  - {total: stickiness, over: [active_months]}
chart: {kind: stacked, x: active_months, y: [persons]}
pivot: {rows: [period], columns: active_months, value: persons}
*/
WITH
    toDate32({as_of:DateTime64(3, 'UTC')}, {timezone:String}) AS today,
    per_person AS (
        SELECT period_number AS year, person_id, uniqExact(toMonth(local_date)) AS months_of_person
        FROM attended
        WHERE starts_at >= {from:DateTime64(3, 'UTC')} AND starts_at < {to:DateTime64(3, 'UTC')}
            AND {grain:String} = 'year'
        GROUP BY year, person_id
    )
SELECT
    leftPad(toString(year), 4, '0') AS period,
    arrayJoin(range(1, 13)) AS active_months,
    person_id,
    months_of_person,
    active_months = months_of_person AS is_in_bucket,
    year >= toYear(today) AS unfinished,
    if(unfinished, toMonth(today), 12) AS months_begun
FROM per_person
