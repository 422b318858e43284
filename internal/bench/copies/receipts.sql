-- What the copies count as received: exactly what was stored of them, of the same stretch of arrivals.
INSERT INTO receipts (tenant, source, day, received)
SELECT concat('copy-', leftPad(toString(community), 4, '0')), source, day, positions
FROM
(
    SELECT source, toDate32(received) AS day, groupBitmapState(stream_seq * 1024 + pack_index) AS positions
    FROM events FINAL
    WHERE tenant = 'template' AND (stream_seq, pack_index) > ({after_seq}, {after_index}) AND (stream_seq, pack_index) <= ({last_seq}, {last_index})
    GROUP BY source, day
) AS one
CROSS JOIN (SELECT number AS community FROM numbers({from}, {count})) AS communities
