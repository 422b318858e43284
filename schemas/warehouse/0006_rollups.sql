-- What happened by month, recomputed from facts and replaced, a community at a time; never added to.
--
-- ORDER BY (tenant, month): a bucket. Its row is replaced whole by a row of a higher version: a plain ReplacingMergeTree read with FINAL.
-- One row holds a month with all its persons and days, so that a community's months come in by one block, which readers see whole or not
-- at all, and so that a bucket that was emptied is one small row that replaces a full one: nothing is ever deleted to be put in again.
-- Not partitioned: a block that falls into two partitions is two parts, and a reader could see one without the other.
-- The version is that of the note that asked for the recomputation (stream DIRTY): it was given after the insert and before facts were
-- read, so what has the higher version has seen at least as much. All months of a community have the same version, once nothing is under way.
-- The lists of a row are sorted, so that equal content is equal bytes. index_granularity is low because a row may be a megabyte.
CREATE TABLE IF NOT EXISTS rollup_months
(
    tenant        LowCardinality(String) COMMENT 'Community',
    month         Date32 COMMENT 'First day of the month, by the community''s days',
    version       UInt128 COMMENT 'Of the note that asked for the recomputation: creation of the stream DIRTY << 64 | sequence',
    zone          LowCardinality(String) COMMENT 'Time zone whose days these are',
    person        Array(String) COMMENT 'Persons with an act in the month, sorted; merges are not resolved' CODEC(ZSTD(1)),
    volunteer     Array(UInt32) COMMENT 'Acts of each person in this mode' CODEC(ZSTD(1)),
    experiential  Array(UInt32) COMMENT 'Acts of each person in this mode' CODEC(ZSTD(1)),
    philanthropic Array(UInt32) COMMENT 'Acts of each person in this mode' CODEC(ZSTD(1)),
    communication Array(UInt32) COMMENT 'Acts of each person in this mode' CODEC(ZSTD(1)),
    attended      Array(UInt32) COMMENT 'Gatherings at which each person was present' CODEC(ZSTD(1)),
    day           Array(Date32) COMMENT 'Days of which there are facts: each stands with every type and mode that occurs on it, sorted' CODEC(ZSTD(1)),
    day_type      Array(LowCardinality(String)) COMMENT 'Event type of these facts' CODEC(ZSTD(1)),
    day_mode      Array(LowCardinality(String)) COMMENT 'Mode of these facts; empty where they are no acts of engagement' CODEC(ZSTD(1)),
    day_facts     Array(UInt32) COMMENT 'Number of these facts' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (tenant, month)
SETTINGS index_granularity = 64, non_replicated_deduplication_window = 0, min_age_to_force_merge_seconds = 60, min_age_to_force_merge_on_partition_only = 1
COMMENT 'Internal: what happened by month, from facts. Read through person_months, activity_daily and facts_daily.';
