/*
name: data-quality
title: Data quality
question: Where can the figures not be trusted yet?
section: Data
definition: >
  What stands between the events and trustworthy figures, by the system that sent them. Attendance not recorded: gatherings that are over, not cancelled, and whose attendance nobody recorded.
  Unresolved persons: persons who attended or registered and of whom no member event tells. Late events: reached the stream more than a day after they happened.
  Duplicates: received minus stored minus dead letters. Identity conflicts: one event id with different contents. Dead letters: inputs that were refused and are still open.
  Withdrawn from analytics: persons who do not allow it, merged persons once; they and their acts are in no report, whenever they said so, and are not named here.
  From and to are about when a gathering began, else about when the event was received.
with: [chosen, resolve]
grains: [gathering]
people: [record]
dimensions:
  check: {type: string, description: "What was checked."}
  source: {type: string, description: "The system that sent the events; empty where there is none."}
measures:
  records: {sum: amount, type: integer, unit: records, description: "How many gatherings, persons, events or dead letters are concerned."}
order: [min(check_order), source]
chart: {kind: bar, x: check, y: [records]}
*/
WITH
    logged AS (
        SELECT toString(source) AS source, id, toString(type) AS type, time, received
        FROM events FINAL
        WHERE tenant = {tenant:String} AND received >= {from:DateTime64(3, 'UTC')} AND received < {to:DateTime64(3, 'UTC')}
    ),
    -- Ids that stand for several contents are few: their hashes are found first, and only they are put together.
    conflicting AS (
        SELECT cityHash64(toString(source), id) AS hash
        FROM events
        WHERE tenant = {tenant:String}
        GROUP BY hash
        HAVING min(content_hash) != max(content_hash)
    ),
    senders AS (
        SELECT person_id, toString(event_source) AS source, max(received) AS received FROM attendance_recorded
        WHERE tenant = {tenant:String} GROUP BY person_id, source
        UNION ALL
        SELECT person_id, toString(event_source) AS source, max(received) AS received FROM registration_submitted
        WHERE tenant = {tenant:String} GROUP BY person_id, source
    ),
    found AS (
        SELECT
            'attendance_not_recorded' AS check, toString(scheduled.event_source) AS source, chosen.gathering_id AS record,
            attendance_basis AS detail, starts_at AS at, toInt64(1) AS amount
        FROM chosen
        LEFT JOIN (SELECT gathering_id, event_source FROM gathering_scheduled WHERE tenant = {tenant:String}) AS scheduled
            ON scheduled.gathering_id = chosen.gathering_id
        WHERE NOT recorded AND ends_at <= {as_of:DateTime64(3, 'UTC')}
            AND starts_at >= {from:DateTime64(3, 'UTC')} AND starts_at < {to:DateTime64(3, 'UTC')}
        UNION ALL
        SELECT 'unresolved_persons', source, resolve(person_id) AS record, '', max(received) AS at, 1
        FROM senders
        WHERE record NOT IN (SELECT person_id FROM members WHERE tenant = {tenant:String}) AND record != ' withdrawn'
            AND received >= {from:DateTime64(3, 'UTC')} AND received < {to:DateTime64(3, 'UTC')}
        GROUP BY source, record
        UNION ALL
        SELECT 'late_events', source, id, type, received, 1
        FROM logged
        WHERE received > time + toIntervalDay(1)
        UNION ALL
        SELECT 'duplicates', source, '', '', {as_of:DateTime64(3, 'UTC')}, sum(received) - sum(kept) AS amount
        FROM (
            SELECT toString(source) AS source, toInt64(groupBitmapMerge(received)) AS received, toInt64(0) AS kept
            FROM receipts
            WHERE tenant = {tenant:String} AND day >= toDate32({from:DateTime64(3, 'UTC')}) AND day <= toDate32({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1))
            GROUP BY source
            UNION ALL
            -- What was erased is not received any more.
            SELECT toString(source), -toInt64(groupBitmapMerge(received)), 0
            FROM erased_receipts
            WHERE tenant = {tenant:String} AND day >= toDate32({from:DateTime64(3, 'UTC')}) AND day <= toDate32({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1))
            GROUP BY source
            UNION ALL
            SELECT source, 0, toInt64(count()) FROM logged GROUP BY source
            UNION ALL
            SELECT toString(source) AS source, 0, toInt64(count()) FROM dead_letters FINAL
            WHERE tenant = {tenant:String} AND at >= {from:DateTime64(3, 'UTC')} AND at < {to:DateTime64(3, 'UTC')}
            GROUP BY source
        )
        GROUP BY source
        HAVING amount != 0
        UNION ALL
        SELECT 'identity_conflicts', source, id, arrayStringConcat(arraySort(groupUniqArray(type)), ', '), max(logged.received), 1
        FROM logged
        WHERE cityHash64(source, id) IN (SELECT hash FROM conflicting)
        GROUP BY source, id
        HAVING count() > 1
        UNION ALL
        SELECT 'dead_letters', toString(source), id, concat(toString(code), ': ', reason), at, 1
        FROM dead_letters FINAL
        WHERE tenant = {tenant:String} AND state = 'open' AND at >= {from:DateTime64(3, 'UTC')} AND at < {to:DateTime64(3, 'UTC')}
        UNION ALL
        SELECT 'withdrawn_from_analytics', '', '', '', toDateTime64(0, 3, 'UTC'), 1
        FROM (SELECT arrayJoin(withdrawn) AS who FROM merged_persons)
        WHERE startsWith(who, concat({tenant:String}, '/'))
    )
SELECT
    checks.check AS check,
    found.source AS source,
    nullIf(record, '') AS record,
    nullIf(detail, '') AS detail,
    nullIf(at, toDateTime64(0, 3, 'UTC')) AS at,
    if(found.check = '', NULL, amount) AS amount,
    indexOf(['attendance_not_recorded', 'unresolved_persons', 'late_events', 'duplicates', 'identity_conflicts', 'dead_letters', 'withdrawn_from_analytics'], check) AS check_order
-- What was found streams past the few checks; a check without findings has a row, too.
FROM found
RIGHT JOIN (
    SELECT arrayJoin(['attendance_not_recorded', 'unresolved_persons', 'late_events', 'duplicates', 'identity_conflicts', 'dead_letters', 'withdrawn_from_analytics']) AS check
) AS checks ON found.check = checks.check
