CREATE OR REPLACE VIEW activity_daily
(
    tenant  LowCardinality(String) COMMENT 'Community',
    day     Date32 COMMENT 'The community''s day',
    type    LowCardinality(String) COMMENT 'Event type with its version',
    mode    LowCardinality(String) COMMENT 'CASE mode of engagement',
    acts    UInt32 COMMENT 'Acts as recorded: two that a merge of persons makes one are two',
    zone    LowCardinality(String) COMMENT 'Time zone of the day',
    version UInt128 COMMENT 'State of the community that is counted; see rollup_months'
)
AS
SELECT tenant, one_day AS day, one_type AS type, one_mode AS mode, one_acts AS acts, zone, version
FROM
(
    SELECT tenant, day, day_type, day_mode, day_facts, zone, version
    FROM rollup_months FINAL
)
ARRAY JOIN day AS one_day, day_type AS one_type, day_mode AS one_mode, day_facts AS one_acts
WHERE one_mode != ''
COMMENT 'How much happened on which day: one row a day, event type and mode with an act, as recorded, merges not resolved.';
