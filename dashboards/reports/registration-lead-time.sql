/*
name: registration-lead-time
title: Registration lead time
question: How long before a gathering do people register?
section: Gatherings
definition: >
  Cumulative: the share of all registrations for the chosen gatherings whose first submission was at least so many days before the day of the gathering, days being those of the community.
  A registration is one person at one gathering, whatever became of it; those submitted after the start are among all registrations. Cancelled gatherings do not count. From and to are about when the gathering began.
with: [chosen, strangers]
grains: [gathering]
dimensions:
  days_before: {type: integer, title: Days before, description: "Days before the day of the gathering."}
measures:
  registered: {rows: true, where: is_registered, unit: registrations, description: "Registrations that were there so many days before."}
  registrations: {rows: true, unit: registrations, description: "All registrations."}
  share: {ratio: [registered, registrations], unit: share, description: "Registered by registrations."}
order: [days_before]
chart: {kind: line, x: days_before, y: [share]}
*/
SELECT
    arrayJoin([0, 1, 2, 3, 5, 7, 10, 14, 21, 28, 42, 60, 90]) AS days_before,
    gathering_id,
    person_id,
    submitted_at,
    lead_days,
    lead_days >= days_before AS is_registered
FROM (
    SELECT
        registrations.gathering_id AS gathering_id,
        registrations.person_id AS person_id,
        registrations.submitted_at AS submitted_at,
        dateDiff('day', toDate32(assumeNotNull(submitted_at), {timezone:String}), chosen.local_date) AS lead_days
    FROM registrations
    INNER JOIN chosen ON chosen.gathering_id = registrations.gathering_id
    LEFT ASOF JOIN persons ON persons.person_id = registrations.person_id AND persons.valid_from < chosen.day_end
    WHERE registrations.tenant = {tenant:String} AND registrations.submitted_at IS NOT NULL
        AND chosen.starts_at >= {from:DateTime64(3, 'UTC')} AND chosen.starts_at < {to:DateTime64(3, 'UTC')}
        AND if(persons.person_id != '', persons.wanted, (SELECT wanted FROM strangers))
)
