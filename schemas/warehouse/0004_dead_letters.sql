-- Mirror of the stream DEADLETTERS without the bytes, for the data-quality report. The stream is the authority.
-- ORDER BY (tenant, id): the id is the position, so a redelivery replaces its own row. The version is the state's rank:
-- once replayed or discarded, a redelivered copy of the open letter cannot open it again.
CREATE TABLE IF NOT EXISTS dead_letters
(
    tenant     LowCardinality(String) COMMENT 'Community, empty when the input did not say',
    id         String COMMENT 'Position of the input: <stream sequence>-<index>',
    state      Enum8('open' = 0, 'discarded' = 1, 'replayed' = 2) COMMENT 'What has become of it',
    type       LowCardinality(String) COMMENT 'Event type, as far as it could be read',
    source     LowCardinality(String) COMMENT 'Sending system, as far as it could be read',
    event_id   String COMMENT 'Event id, as far as it could be read',
    code       LowCardinality(String) COMMENT 'Kind of fault, e.g. schema, unknown_type, warehouse',
    reason     String COMMENT 'What was wrong, in a sentence' CODEC(ZSTD(1)),
    pointer    String COMMENT 'Where: a JSON pointer into the event',
    subject    String COMMENT 'Stream subject that it arrived on',
    stream_seq UInt64 COMMENT 'Sequence in the stream EVENTS',
    pack_index UInt16 COMMENT 'Index within the stream message',
    at         DateTime64(3, 'UTC') COMMENT 'When the stream stored the input',
    rank       UInt8 MATERIALIZED toUInt8(state)
)
ENGINE = ReplacingMergeTree(rank)
ORDER BY (tenant, id)
COMMENT 'Inputs that could not become facts, and what has become of them. Read with FINAL.';
