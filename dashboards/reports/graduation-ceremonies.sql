/*
name: graduation-ceremonies
title: Graduation ceremonies
question: At how many graduation ceremonies does an ambassador take part?
section: Gatherings
definition: >
  Graduation ceremonies that have begun and were not cancelled, and the ambassadors who were present in a role other than participant (speaker, host, organiser, volunteer), being ambassadors on that day.
  Where attendance is not recorded nothing is known of ambassadors: such ceremonies stand apart and are in no share or mean. Every period between the first and the last ceremony is listed; one that is not over is marked unfinished.
with: [chosen, present, persons, calendar]
grains: [year, quarter, month]
dimensions:
  period: {type: string, description: "The month 2024-05, quarter 2024-Q2 or year 2024."}
measures:
  ceremonies: {count: gathering_id, unit: ceremonies, description: "Graduation ceremonies that have begun and were not cancelled."}
  not_recorded: {count: gathering_id, where: is_not_recorded, unit: ceremonies, title: Not recorded, description: "Of these, ceremonies that are over and whose attendance is not recorded."}
  recorded: {count: gathering_id, where: is_recorded, unit: ceremonies, description: "Ceremonies whose attendance is recorded."}
  with_ambassador: {count: gathering_id, where: is_appearance, null_when: is_unknown, null_text: not recorded, unit: ceremonies, title: With an ambassador, description: "Of the recorded, ceremonies with an ambassador in a role."}
  ambassador_share: {ratio: [with_ambassador, recorded], unit: share, title: Share, description: "With an ambassador by recorded."}
  ambassadors: {count: person_id, where: is_appearance, null_when: is_unknown, null_text: not recorded, unit: persons, description: "Distinct ambassadors in a role."}
  appearances: {rows: true, persons: ambassadors, where: is_appearance, null_when: is_unknown, null_text: not recorded, unit: attendances, description: "Ambassadors in a role, counted at each ceremony."}
  ambassadors_per_ceremony: {ratio: [appearances, recorded], unit: persons, title: Ambassadors per ceremony, description: "Appearances by recorded ceremonies."}
  period_start: {value: period_start, type: date, title: Begins, description: "The first day of the period."}
  unfinished: {value: unfinished, type: boolean, description: "True while the period is not over."}
order: [period]
chart: {kind: line, x: period, y: [ambassador_share]}
*/
WITH
    ceremonies AS (
        SELECT *, starts_at >= {from:DateTime64(3, 'UTC')} AND starts_at < {to:DateTime64(3, 'UTC')} AS inside
        FROM chosen
        WHERE kind = 'graduation_ceremony' AND starts_at <= {as_of:DateTime64(3, 'UTC')}
    ),
    appearances AS (
        SELECT present.gathering_id AS gathering_id, present.person_id AS person_id, present.role AS role
        FROM present
        INNER ASOF JOIN persons ON persons.person_id = present.person_id AND persons.valid_from < present.day_end
        WHERE present.role != 'participant' AND persons.wanted AND persons.status = 'ambassador'
            AND present.gathering_id IN (SELECT gathering_id FROM ceremonies)
    )
SELECT
    period,
    if(inside, ceremonies.gathering_id, NULL) AS gathering_id,
    if(inside, nullIf(ceremonies.title, ''), NULL) AS title,
    if(inside, ceremonies.starts_at, NULL) AS starts_at,
    if(inside, nullIf(appearances.person_id, ''), NULL) AS person_id,
    if(inside, nullIf(appearances.role, ''), NULL) AS role,
    inside AND recorded AS is_recorded,
    inside AND NOT recorded AND ends_at <= {as_of:DateTime64(3, 'UTC')} AS is_not_recorded,
    inside AND NOT recorded AS is_unknown,
    is_recorded AND appearances.person_id != '' AS is_appearance,
    period_start,
    unfinished
FROM ceremonies
LEFT JOIN appearances ON appearances.gathering_id = ceremonies.gathering_id
RIGHT JOIN calendar ON calendar.period_number = ceremonies.period_number
QUALIFY shown
    AND calendar.period_number >= minOrNullIf(calendar.period_number, ceremonies.period_number != 0) OVER ()
    AND calendar.period_number <= maxOrNullIf(calendar.period_number, ceremonies.period_number != 0) OVER ()
