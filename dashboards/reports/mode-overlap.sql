/*
name: mode-overlap
title: Mode overlap
question: In how many ways, and in which, do alumni engage at once?
section: Engagement
definition: >
  The engaged alumni of engagement by mode, each in exactly one row: by the combination of modes in which the person acted in the community's year (volunteer, experiential, philanthropic, communication), or by the number of modes.
  The persons of all rows of a year add up to those engaged in any mode. Every combination is listed, also where nobody is in it; a year that is not over is marked unfinished.
with: [engaged]
unique: person_id
parameters:
  by: {type: enum, values: [combination, number], default: combination, description: "Whether the rows are the 15 combinations of modes or the number of modes, 1 to 4."}
dimensions:
  period: {type: string, title: Year, description: "The year in which the community's year ends."}
  modes: {type: string, description: "The combination, such as volunteer + experiential, or the number of modes."}
measures:
  persons: {count: person_id, where: is_here, unit: persons, description: "Distinct engaged alumni with exactly these modes."}
  any_mode: {count: person_id, unit: persons, title: Any mode, description: "Distinct alumni engaged in any mode in the year."}
  share: {ratio: [persons, any_mode], unit: share, description: "Persons by any mode."}
  eligible: {value: eligible, type: integer, unit: persons, persons: none, description: "Living contactable alumni at the end of the year; engagement by mode has their list."}
  unfinished: {value: unfinished, type: boolean, description: "True while the year is not over."}
order: [period, min(place)]
parts:
  - {total: any_mode, of: [persons], over: [modes]}
chart: {kind: bar, x: modes, y: [persons]}
pivot: {rows: [period], columns: modes, value: persons}
*/
WITH
    ['volunteer', 'experiential', 'philanthropic', 'communication'] AS all_modes,
    -- Each with its words and place; made once, not for every person.
    arrayMap(
        (kind, place) -> (
            kind,
            if({by:String} = 'number', toString(kind), arrayStringConcat(arrayFilter((m, i) -> bitTest(kind, i - 1), all_modes, [1, 2, 3, 4]), ' + ')),
            place
        ),
        if({by:String} = 'number', [1, 2, 3, 4], [1, 2, 4, 8, 3, 5, 9, 6, 10, 12, 7, 11, 13, 14, 15]) AS numbers,
        arrayEnumerate(numbers)
    ) AS kinds,
    per_year AS (
        SELECT
            engaged.period AS period,
            engaged.unfinished AS unfinished,
            countIf(living) AS eligible,
            -- The sum of the bits of a person's modes names the combination.
            groupArrayIf((
                person_id,
                toUInt8(if({by:String} = 'number', bitCount(mode_bits), mode_bits))
            ), mode_bits != 0) AS found
        FROM engaged
        GROUP BY period, unfinished
    )
SELECT
    period,
    kind.2 AS modes,
    person_id,
    number = kind.1 AS is_here,
    eligible,
    unfinished,
    kind.3 AS place
FROM (
    SELECT *, arrayJoin(kinds) AS kind
    FROM (
        SELECT period, unfinished, eligible, arrayJoin(if(empty(found), [('', toUInt8(0))], found)) AS one, nullIf(one.1, '') AS person_id, one.2 AS number
        FROM per_year
    )
)
