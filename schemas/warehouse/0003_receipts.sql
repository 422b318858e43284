-- What was received, counted so that counting again changes nothing: the set of stream positions (sequence * 1024 + index in the
-- pack) as a bitmap, by day of receipt. A redelivery adds positions that are there already.
-- ORDER BY (tenant, source, day): the data-quality report asks by tenant and source.
CREATE TABLE IF NOT EXISTS receipts
(
    tenant    LowCardinality(String) COMMENT 'Community, empty when the input did not say',
    source    LowCardinality(String) COMMENT 'System that sent the events, empty when the input did not say',
    day       Date32 COMMENT 'Day on which the stream stored them, UTC',
    positions Array(UInt64) EPHEMERAL COMMENT 'For inserts: positions, each sequence * 1024 + index',
    received  AggregateFunction(groupBitmap, UInt64) DEFAULT arrayReduce('groupBitmapState', positions) COMMENT 'Set of positions: groupBitmapMerge(received) is how many events were received'
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant, source, day)
COMMENT 'How many events were received, by tenant, source and day: groupBitmapMerge(received). Duplicates and dead letters are in it.';
