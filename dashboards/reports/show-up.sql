/*
name: show-up
title: Show-up and no-show
question: Of those who said they would come, how many came?
section: Gatherings
definition: >
  Expected are confirmed registrations that were not cancelled before the gathering began. Shown up are those of them whose holders were present, no-shows the others;
  walk-ins were present without being expected and stand apart. A missing check-in says something only where attendance was taken by check-in or sign-in sheet and somebody's was recorded:
  for any other basis, and until a gathering has ended, what came of the registrations is unknown and left empty. Over months, quarters and years registrations are added up
  over the gatherings for which it is known.
with: [chosen, present, strangers]
grains: [gathering, month, quarter, year]
dimensions:
  period: {type: string, description: "The gathering id, month 2024-05, quarter 2024-Q2 or year 2024."}
measures:
  title: {value: title, description: "What the gathering is called; empty for longer periods."}
  starts_at: {value: starts_at, type: datetime, title: Start, description: "When the gathering began; for longer periods the last of them."}
  attendance_basis: {value: attendance_basis, title: Basis, description: "How attendance was taken; empty for longer periods."}
  confirmed: {rows: true, where: is_confirmed, unit: registrations, description: "Registrations that were confirmed and not taken back by the organiser: expected and cancelled ones."}
  cancelled: {rows: true, where: is_cancelled, unit: registrations, description: "Of the confirmed, those cancelled before the start."}
  expected: {rows: true, where: is_expected, null_when: is_unknown, unit: registrations, description: "Confirmed and not cancelled before the start; empty where show-up is unknown."}
  shown_up: {rows: true, where: is_shown_up, null_when: is_unknown, unit: registrations, description: "Expected and present."}
  no_shows: {rows: true, where: is_no_show, null_when: is_unknown, unit: registrations, title: No-shows, description: "Expected and not present."}
  walk_ins: {rows: true, where: is_walk_in, null_when: is_unknown, unit: attendances, title: Walk-ins, description: "Present without being expected."}
  show_up_rate: {ratio: [shown_up, expected], unit: share, title: Show-up, description: "Shown up by expected."}
  no_show_rate: {ratio: [no_shows, expected], unit: share, title: No-show, description: "No-shows by expected."}
order: [min(period_order), max(starts_at)]
parts:
  - {total: expected, of: [shown_up, no_shows]}
  - {total: confirmed, of: [cancelled, expected]}
chart: {kind: stacked, x: period, y: [shown_up, walk_ins], negative: [no_shows]}
*/
WITH
    involved AS (
        SELECT
            gathering_id,
            person_id,
            max(cancelled_at) AS last_cancelled_at,
            max(confirmed) AS was_confirmed,
            max(came) AS is_present
        FROM (
            SELECT
                gathering_id, person_id, cancelled_at,
                confirmed_at IS NOT NULL AND status IN ('confirmed', 'cancelled') AS confirmed, false AS came
            FROM registrations
            WHERE tenant = {tenant:String}
            UNION ALL
            SELECT gathering_id, person_id, NULL, false, true
            FROM present
        )
        GROUP BY gathering_id, person_id
    ),
    known AS (
        SELECT
            involved.gathering_id AS gathering_id,
            involved.person_id AS person_id,
            was_confirmed,
            last_cancelled_at,
            is_present
        FROM involved
        INNER JOIN chosen ON chosen.gathering_id = involved.gathering_id
        LEFT ASOF JOIN persons ON persons.person_id = involved.person_id AND persons.valid_from < chosen.day_end
        WHERE if(persons.person_id != '', persons.wanted, (SELECT wanted FROM strangers))
    )
SELECT
    period_label AS period,
    nullIf(known.person_id, '') AS person_id,
    chosen.gathering_id AS gathering_id,
    known.person_id != '' AND was_confirmed AS is_confirmed,
    is_confirmed AND ifNull(last_cancelled_at < chosen.starts_at, false) AS is_cancelled,
    is_confirmed AND NOT is_cancelled AS is_expected,
    is_expected AND is_present AS is_shown_up,
    is_expected AND NOT is_present AS is_no_show,
    known.person_id != '' AND is_present AND NOT is_expected AS is_walk_in,
    chosen.attendance_basis NOT IN ('check_in', 'sign_in_sheet') OR NOT chosen.recorded OR chosen.ends_at > {as_of:DateTime64(3, 'UTC')} AS is_unknown,
    if({grain:String} = 'gathering', nullIf(chosen.title, ''), NULL) AS title,
    chosen.starts_at AS starts_at,
    if({grain:String} = 'gathering', chosen.attendance_basis, NULL) AS attendance_basis,
    if({grain:String} = 'gathering', 0, chosen.period_number) AS period_order
FROM chosen
LEFT JOIN known ON known.gathering_id = chosen.gathering_id
WHERE chosen.starts_at >= {from:DateTime64(3, 'UTC')} AND chosen.starts_at < {to:DateTime64(3, 'UTC')}
