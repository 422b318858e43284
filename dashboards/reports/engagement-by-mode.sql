/*
name: engagement-by-mode
title: Engagement by mode
question: What part of our alumni engaged this year, and how?
section: Engagement
definition: >
  CASE Alumni Engagement Metrics. Engaged are the distinct contactable alumni with at least one act in a mode during the community's year; eligible are the living, contactable
  alumni at the end of that year (of a year that is not over: today). Alumni, contactable and living are taken as at that day, or as now where attributes are asked for as now. A person counts once per mode, and once in "any".
  The mode of an act is laid down by its event type: attending is experiential (as speaker or host: volunteer), registering alone is nothing, opening an e-mail is not communication.
with: [engaged]
unique: person_id
dimensions:
  period: {type: string, title: Year, description: "The year in which the community's year ends."}
  mode: {type: string, description: "volunteer, experiential, philanthropic, communication, or any of them."}
measures:
  engaged: {count: person_id, where: is_engaged, unit: persons, description: "Distinct contactable alumni with at least one act in the mode."}
  eligible: {count: person_id, where: is_eligible, unit: persons, description: "Living contactable alumni at the end of the year."}
  participation: {ratio: [engaged, eligible], unit: share, description: "Engaged by eligible."}
  unfinished: {value: unfinished, type: boolean, description: True while the year is not over.}
order: [period, min(mode_order)]
parts:
  - {total: engaged, of: [engaged], over: [mode], whole: any}
chart: {kind: bar, x: mode, y: [participation]}
pivot: {rows: [period], columns: mode, value: engaged}
*/
SELECT
    period,
    line.1 AS mode,
    person_id,
    modes,
    bitAnd(mode_bits, line.2) != 0 AS is_engaged,
    living AS is_eligible,
    unfinished,
    line.3 AS mode_order
FROM (
    SELECT
        period, person_id, modes, mode_bits, living, unfinished,
        arrayJoin([('any', 15, 1), ('volunteer', 1, 2), ('experiential', 2, 3), ('philanthropic', 4, 4), ('communication', 8, 5)]) AS line
    FROM engaged
)
