/*
name: registration-outcomes
title: Registration outcomes
question: Who cancelled late, how full was it, and who came off the waiting list?
section: Gatherings
definition: >
  Confirmed are registrations that were confirmed and not taken back by the organiser, as in show-up. Late cancellations are those of them that were in the end cancelled before the start, but less than 24 hours before.
  The fill rate is persons present by seats, over gatherings whose seats are known and whose attendance is recorded; attended and capacity are empty for others.
  Waitlisted are registrations that ever stood on the waiting list; promoted are those of them that were confirmed at that moment or later. A registration is one person at one gathering; cancelled gatherings do not count.
with: [chosen, present, strangers]
grains: [gathering, month, quarter, year]
dimensions:
  period: {type: string, description: "The gathering id, month 2024-05, quarter 2024-Q2 or year 2024."}
measures:
  title: {value: title, description: "What the gathering is called; empty for longer periods."}
  starts_at: {value: starts_at, type: datetime, title: Start, description: "When the gathering began; for longer periods the last of them."}
  confirmed: {rows: true, where: is_confirmed, unit: registrations, description: "Registrations that were confirmed and not taken back by the organiser."}
  late_cancellations: {rows: true, where: is_late, unit: registrations, title: Late cancellations, description: "Of these, cancelled before the start, but less than 24 hours before."}
  late_share: {ratio: [late_cancellations, confirmed], unit: share, title: Late, description: "Late cancellations by confirmed."}
  attended: {rows: true, where: is_present, null_when: is_not_measured, null_text: seats or attendance not known, unit: attendances, description: "Persons present at gatherings with known seats; empty where seats or attendance are not known."}
  capacity: {sum: capacity, null_when: is_not_measured, null_text: seats or attendance not known, type: integer, unit: seats, persons: none, description: "Seats of these gatherings."}
  fill_rate: {ratio: [attended, capacity], unit: share, title: Fill rate, description: "Attended by capacity."}
  waitlisted: {rows: true, where: is_waitlisted, unit: registrations, description: "Registrations that ever stood on the waiting list."}
  promoted: {rows: true, where: is_promoted, unit: registrations, description: "Of these, confirmed then or later."}
  waitlist_conversion: {ratio: [promoted, waitlisted], unit: share, title: Waitlist conversion, description: "Promoted by waitlisted."}
order: [min(period_order), max(starts_at)]
chart: {kind: line, x: period, y: [fill_rate, late_share, waitlist_conversion]}
*/
WITH
    involved AS (
        SELECT
            gathering_id,
            person_id,
            max(confirmed) AS was_confirmed,
            max(cancelled) AS last_cancelled_at,
            max(waiting) AS was_waitlisted,
            max(taken) AS was_promoted,
            max(came) AS is_here
        FROM (
            SELECT
                gathering_id, person_id, cancelled_at AS cancelled,
                confirmed_at IS NOT NULL AND status IN ('confirmed', 'cancelled') AS confirmed,
                waitlisted_at IS NOT NULL AS waiting, ifNull(last_confirmed_at >= waitlisted_at, false) AS taken, false AS came
            FROM registrations
            WHERE tenant = {tenant:String}
            UNION ALL
            SELECT gathering_id, person_id, NULL, false, false, false, true
            FROM present
        )
        GROUP BY gathering_id, person_id
    ),
    known AS (
        SELECT involved.gathering_id AS gathering_id, involved.person_id AS person_id, was_confirmed, last_cancelled_at, was_waitlisted, was_promoted, is_here
        FROM involved
        INNER JOIN chosen ON chosen.gathering_id = involved.gathering_id
        LEFT ASOF JOIN persons ON persons.person_id = involved.person_id AND persons.valid_from < chosen.day_end
        WHERE if(persons.person_id != '', persons.wanted, (SELECT wanted FROM strangers))
        UNION ALL
        -- The seats of a gathering stand in a row of their own.
        SELECT gathering_id, '', false, NULL, false, false, false
        FROM chosen
    )
SELECT
    period_label AS period,
    nullIf(known.person_id, '') AS person_id,
    chosen.gathering_id AS gathering_id,
    was_confirmed AS is_confirmed,
    is_confirmed AND ifNull(last_cancelled_at < chosen.starts_at AND last_cancelled_at > chosen.starts_at - toIntervalHour(24), false) AS is_late,
    if(is_confirmed OR was_waitlisted, last_cancelled_at, NULL) AS cancelled_at,
    was_waitlisted AS is_waitlisted,
    was_promoted AS is_promoted,
    is_here AS is_present,
    if(known.person_id = '', chosen.capacity, NULL) AS capacity,
    chosen.capacity IS NULL OR NOT chosen.recorded AS is_not_measured,
    if({grain:String} = 'gathering', nullIf(chosen.title, ''), NULL) AS title,
    chosen.starts_at AS starts_at,
    if({grain:String} = 'gathering', 0, chosen.period_number) AS period_order
FROM known
INNER JOIN chosen ON chosen.gathering_id = known.gathering_id
WHERE chosen.starts_at >= {from:DateTime64(3, 'UTC')} AND chosen.starts_at < {to:DateTime64(3, 'UTC')}
