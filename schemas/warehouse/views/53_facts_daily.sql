CREATE OR REPLACE VIEW facts_daily
(
    tenant  LowCardinality(String) COMMENT 'Community',
    day     Date32 COMMENT 'The community''s day of the business time',
    type    LowCardinality(String) COMMENT 'Event type with its version',
    mode    LowCardinality(String) COMMENT 'CASE mode of engagement; empty where the facts are no acts',
    facts   UInt32 COMMENT 'Facts that hold: corrected ones once, voided ones not',
    zone    LowCardinality(String) COMMENT 'Time zone of the day',
    version UInt128 COMMENT 'State of the community that is counted; see rollup_months'
)
AS
SELECT tenant, one_day AS day, one_type AS type, one_mode AS mode, one_facts AS facts, zone, version
FROM
(
    SELECT tenant, day, day_type, day_mode, day_facts, zone, version
    FROM rollup_months FINAL
)
ARRAY JOIN day AS one_day, day_type AS one_type, day_mode AS one_mode, day_facts AS one_facts
COMMENT 'How many facts of which type hold by day, whoever they are about.';
