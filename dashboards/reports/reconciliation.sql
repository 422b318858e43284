/*
name: reconciliation
title: Reconciliation
question: Is everything that was received accounted for?
section: Data
definition: >
  What the stream received, by the system that sent it, and what became of it: received = stored + duplicates + dead letters. Received counts positions in the stream, so that delivering again adds nothing.
  Stored counts different events in the log; dead letters all inputs that were refused, those replayed or discarded since too; duplicates is what was received beyond these: the same event sent again.
  An event sent to the gateway and refused there was never received. What has an answer now but is not in the warehouse yet is not in these figures. From and to are about when the events were received.
dimensions:
  source: {type: string, description: "The system that sent the events; empty where the input did not say."}
measures:
  received: {sum: received, type: integer, unit: events, description: "Positions in the stream that hold an event of this source."}
  stored: {sum: stored, type: integer, unit: events, description: "Different events in the log."}
  duplicates: {sum: duplicates, type: integer, unit: events, description: "Received beyond what is stored or refused: the same event sent again."}
  dead_letters: {sum: dead_letters, type: integer, unit: events, description: "Inputs that were refused, whatever became of them since."}
order: ["-sum(received)", source]
chart: {kind: stacked, x: source, y: [stored, duplicates, dead_letters]}
*/
WITH
    counted AS (
        SELECT toString(source) AS source, day, toInt64(groupBitmapMerge(received)) AS received, toInt64(0) AS stored, toInt64(0) AS dead_letters
        FROM receipts
        WHERE tenant = {tenant:String} AND day >= toDate32({from:DateTime64(3, 'UTC')}) AND day <= toDate32({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1))
        GROUP BY source, day
        UNION ALL
        -- What was erased is not received any more.
        SELECT toString(source), day, -toInt64(groupBitmapMerge(received)), 0, 0
        FROM erased_receipts
        WHERE tenant = {tenant:String} AND day >= toDate32({from:DateTime64(3, 'UTC')}) AND day <= toDate32({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1))
        GROUP BY source, day
        UNION ALL
        SELECT toString(source), toDate32(received), 0, toInt64(count()), 0
        FROM events FINAL
        WHERE tenant = {tenant:String} AND received >= {from:DateTime64(3, 'UTC')} AND received < {to:DateTime64(3, 'UTC')}
        GROUP BY source, toDate32(received)
        UNION ALL
        SELECT toString(source), toDate32(at), 0, 0, toInt64(count())
        FROM dead_letters FINAL
        WHERE tenant = {tenant:String} AND at >= {from:DateTime64(3, 'UTC')} AND at < {to:DateTime64(3, 'UTC')}
        GROUP BY source, toDate32(at)
    )
SELECT source, day, sum(counted.received) AS received, sum(counted.stored) AS stored, sum(counted.dead_letters) AS dead_letters, received - stored - dead_letters AS duplicates
FROM counted
GROUP BY source, day
