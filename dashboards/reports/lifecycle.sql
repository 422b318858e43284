/*
name: lifecycle
title: Lifecycle
question: Who is new, who stays, who comes back, and who has gone quiet?
section: People
definition: >
  A person is active in a period when present at a gathering in it. New is the first active period, returning was active in the period before,
  resurrecting was active earlier but not in the period before, dormant was active in the period before and is not now. So active = new + returning + resurrecting,
  and the active of a period = the returning + the dormant of the next. Every period between the first and the last active one is listed; by gathering, those
  whose attendance is not recorded are left out. A month, quarter or year whose gatherings are over and not one of them recorded has empty figures; who is active
  again after it is resurrecting. A period that is not over is marked unfinished.
with: [periods, attended]
grains: [month, gathering, quarter, year]
dimensions:
  period: {type: string, description: "The month 2024-05, quarter 2024-Q2, year 2024, or gathering id."}
measures:
  active: {count: person_id, where: is_active, null_when: is_unknown, null_text: not recorded, unit: persons, description: "Distinct persons present in the period."}
  new: {count: person_id, where: is_new, null_when: is_unknown, null_text: not recorded, unit: persons, description: "Active for the first time."}
  returning: {count: person_id, where: is_returning, null_when: is_unknown, null_text: not recorded, unit: persons, description: "Active now and in the period before."}
  resurrecting: {count: person_id, where: is_resurrecting, null_when: is_unknown, null_text: not recorded, unit: persons, description: "Active now and earlier, but not in the period before."}
  dormant: {count: person_id, where: is_dormant, null_when: is_unknown, null_text: not recorded, unit: persons, description: "Active in the period before, not now."}
  period_start: {value: period_start, type: date, title: Begins, description: "The first day of the period."}
  unfinished: {value: unfinished, type: boolean, description: "True while the period is not over."}
  not_recorded: {value: not_recorded, type: integer, unit: gatherings, description: "Gatherings in the period whose attendance is not recorded."}
order: [min(period_number)]
parts:
  - {total: active, of: [new, returning, resurrecting]}
  - {total: active, of: [returning, dormant], next: true}
chart: {kind: stacked, x: period, y: [new, returning, resurrecting], negative: [dormant]}
*/
WITH
    lives AS (
        SELECT person_id, arraySort(groupUniqArray(period_number)) AS active_in
        FROM attended
        GROUP BY person_id
    ),
    states AS (
        SELECT
            person_id,
            arrayJoin(arrayConcat(
                arrayMap(n -> (n, multiIf(n = active_in[1], 'new', has(active_in, n - 1), 'returning', 'resurrecting')), active_in),
                arrayMap(n -> (n + 1, 'dormant'), arrayFilter(n -> NOT has(active_in, n + 1), active_in))
            )) AS at_state,
            at_state.1 AS period_number,
            at_state.2 AS state
        FROM lives
    )
SELECT
    period,
    nothing_recorded AS is_unknown,
    if(is_unknown, NULL, nullIf(states.person_id, '')) AS person_id,
    if(is_unknown, NULL, nullIf(states.state, '')) AS state,
    ifNull(state IN ('new', 'returning', 'resurrecting'), false) AS is_active,
    ifNull(state = 'new', false) AS is_new,
    ifNull(state = 'returning', false) AS is_returning,
    ifNull(state = 'resurrecting', false) AS is_resurrecting,
    ifNull(state = 'dormant', false) AS is_dormant,
    periods.period_number AS period_number,
    period_start,
    unfinished,
    not_recorded
FROM periods
LEFT JOIN states ON states.period_number = periods.period_number
QUALIFY shown
    AND periods.period_number >= minOrNullIf(periods.period_number, is_active) OVER ()
    AND periods.period_number <= maxOrNullIf(periods.period_number, is_active) OVER ()
