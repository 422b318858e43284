-- The log: everything that was received, once for every identity.
--
-- ORDER BY (tenant, source, id, content_hash): the transport identity, so that any number of deliveries of one event is one row.
-- The content hash stands last, because one id with two contents is a fault of its sender which must stay visible (and so that
-- facts can always be computed again from the log).
-- PARTITION BY month of the time, before 2000 by decade: time is part of the hashed content, so two deliveries of one event always share
-- a partition. A part costs some 1.7 ms of CPU at every insert: 50,000 rows over 12 months take 5 us a row, over 600 months 24 us, so
-- that an archive of a century in months would be slow to load for nothing.
-- The engine's version column is the receipt time turned round: of several deliveries the first stays, whatever the merges do.
-- non_replicated_deduplication_window = 0: a repeated insert must always reach the view that fills facts.
CREATE TABLE IF NOT EXISTS events
(
    tenant       LowCardinality(String) COMMENT 'Community that the event belongs to',
    type         LowCardinality(String) COMMENT 'Event type with its version, e.g. attendance.recorded.v1',
    source       LowCardinality(String) COMMENT 'System that sent the event (CloudEvents source)',
    id           String COMMENT 'Id that the source gave the event (CloudEvents id)' CODEC(ZSTD(1)),
    content_hash UInt64 COMMENT 'First 64 bits of SHA-256 over what the event says; differs when one id was used for two contents',
    subject      String COMMENT 'Id of the main entity (CloudEvents subject), may be empty' CODEC(ZSTD(1)),
    person       String COMMENT 'Opaque id of the person that the event is about, empty when it is about none; not resolved for merges' CODEC(ZSTD(1)),
    gathering    String COMMENT 'Id of the gathering that the event is about, empty when it is about none' CODEC(ZSTD(1)),
    mode         LowCardinality(String) COMMENT 'CASE mode of engagement: volunteer, experiential, philanthropic, communication; empty for none',
    time         DateTime64(3, 'UTC') COMMENT 'When it happened (CloudEvents time)' CODEC(Delta(8), ZSTD(1)),
    at           DateTime64(3, 'UTC') COMMENT 'Business time: the field that the schema names, else time' CODEC(Delta(8), ZSTD(1)),
    recorded     DateTime64(3, 'UTC') COMMENT 'When the source recorded it (recordedtime), else time' CODEC(Delta(8), ZSTD(1)),
    received     DateTime64(3, 'UTC') COMMENT 'When the stream stored it first; takes no part in which version wins' CODEC(Delta(8), ZSTD(1)),
    revision     UInt32 COMMENT 'Revision of the fact, the highest wins' CODEC(ZSTD(1)),
    voided       Bool COMMENT 'True when this revision takes the fact back',
    reason       String COMMENT 'Why the fact was taken back or corrected' CODEC(ZSTD(1)),
    key          String COMMENT 'Business key: the values of the key fields' CODEC(ZSTD(1)),
    kh           UInt128 COMMENT 'Hash of the business key; its first 32 bits are those of the type, so the facts of a type stand together' CODEC(ZSTD(1)),
    version      UInt128 COMMENT 'Which revision wins: revision, recorded time, then a fixed hash' CODEC(ZSTD(1)),
    stream_seq   UInt64 COMMENT 'Sequence in the JetStream stream EVENTS of a delivery' CODEC(Delta(8), ZSTD(1)),
    pack_index   UInt16 COMMENT 'Index within the stream message' CODEC(ZSTD(1)),
    data         String COMMENT 'The event''s data: canonical JSON' CODEC(ZSTD(1)),
    first        UInt64 MATERIALIZED bitNot(reinterpretAsUInt64(toUnixTimestamp64Milli(received))) COMMENT 'The receipt time turned round, so that the first delivery stays' CODEC(Delta(8), ZSTD(1))
)
ENGINE = ReplacingMergeTree(first)
PARTITION BY if(toYear(time) < 2000, intDiv(toYear(time), 10) * 10, toYYYYMM(time))
ORDER BY (tenant, source, id, content_hash)
SETTINGS non_replicated_deduplication_window = 0
COMMENT 'Log of everything received, once for every (tenant, source, id, content). Read with FINAL.';
