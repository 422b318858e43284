/*
name: retention
title: Retention
question: Of those who came first in a month, how many are present so many months later?
section: People
definition: >
  Cohorts are persons by the period of their first attendance, or of joining. Persons are those of the cohort present at a gathering in exactly that period after (bounded). Long form: one row a cohort and period, up to the period of the last recorded gathering. A cell whose period is not over is marked unfinished.
with: [retained]
unique: person_id
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
SELECT cohort, period, person_id, has(active_after, period) AS is_active, unfinished
FROM retained
