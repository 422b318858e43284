-- The current truth: one row for every business key, the one with the highest version.
--
-- ORDER BY (tenant, kh): kh is a 128-bit hash of (type, key), because string keys made FINAL twice as slow. Its first 32 bits are
-- a hash of the type, so a typed view reads one contiguous range of a tenant. Both columns are the sorting key, therefore
-- conditions on them may prune before FINAL without changing what FINAL decides. No other column may: read FINAL WHERE NOT voided.
-- Not partitioned: a revision may move time, and rows of two partitions would never replace each other.
-- index_granularity = 1024: a tenant, or one type of a tenant, is often a few thousand rows.
CREATE TABLE IF NOT EXISTS facts
(
    tenant       LowCardinality(String) COMMENT 'Community that the fact belongs to',
    kh           UInt128 COMMENT 'Hash of the business key; its first 32 bits are those of the type' CODEC(ZSTD(1)),
    version      UInt128 COMMENT 'Which revision wins: revision, recorded time, then a fixed hash' CODEC(ZSTD(1)),
    type         LowCardinality(String) COMMENT 'Event type with its version, e.g. attendance.recorded.v1',
    source       LowCardinality(String) COMMENT 'System that sent the winning revision',
    id           String COMMENT 'Id of the winning event' CODEC(ZSTD(1)),
    content_hash UInt64 COMMENT 'Content hash of the winning event',
    subject      String COMMENT 'Id of the main entity, may be empty' CODEC(ZSTD(1)),
    person       String COMMENT 'Opaque id of the person, empty when the fact is about none; not resolved for merges' CODEC(ZSTD(1)),
    gathering    String COMMENT 'Id of the gathering, empty when the fact is about none' CODEC(ZSTD(1)),
    mode         LowCardinality(String) COMMENT 'CASE mode of engagement; empty for none',
    time         DateTime64(3, 'UTC') COMMENT 'When it happened' CODEC(ZSTD(1)),
    at           DateTime64(3, 'UTC') COMMENT 'Business time: the field that the schema names, else time' CODEC(ZSTD(1)),
    recorded     DateTime64(3, 'UTC') COMMENT 'When the source recorded it, else time' CODEC(ZSTD(1)),
    received     DateTime64(3, 'UTC') COMMENT 'When a delivery of the winning event was stored in the stream' CODEC(ZSTD(1)),
    revision     UInt32 COMMENT 'Revision of the fact' CODEC(ZSTD(1)),
    voided       Bool COMMENT 'True when the fact has been taken back',
    reason       String COMMENT 'Why the fact was taken back or corrected' CODEC(ZSTD(1)),
    key          String COMMENT 'Business key: the values of the key fields' CODEC(ZSTD(1)),
    data         String COMMENT 'The event''s data: canonical JSON' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (tenant, kh)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 0
COMMENT 'Current truth by business key. Read as FINAL WHERE NOT voided; never PREWHERE voided.';
