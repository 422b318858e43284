-- Of the positions in receipts, those whose event was erased, or was never stored because its person had been erased. What was received
-- and counts is the difference: bitmapAndnot. Kept beside receipts because a position cannot be taken out of a bitmap that others add to.
CREATE TABLE IF NOT EXISTS erased_receipts
(
    tenant    LowCardinality(String) COMMENT 'Community, empty when the input did not say',
    source    LowCardinality(String) COMMENT 'System that sent the events, empty when the input did not say',
    day       Date32 COMMENT 'Day on which the stream stored them, UTC',
    positions Array(UInt64) EPHEMERAL COMMENT 'For inserts: positions, each sequence * 1024 + index',
    received  AggregateFunction(groupBitmap, UInt64) DEFAULT arrayReduce('groupBitmapState', positions) COMMENT 'Set of positions: groupBitmapMerge(received) is how many were erased'
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant, source, day)
COMMENT 'How many of the received events were erased, by tenant, source and day: groupBitmapMerge(received).';
