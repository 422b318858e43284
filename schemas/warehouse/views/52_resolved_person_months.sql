-- As in acts, persons whom no merge touches pass through; the others are counted from their acts, since only for them two facts can be one
-- act. Who withdrew from analytics is in neither part. While a recomputation is due the two parts are of different moments.
CREATE OR REPLACE VIEW resolved_person_months
(
    tenant        LowCardinality(String) COMMENT 'Community',
    month         Date32 COMMENT 'First day of the month, by the community''s days',
    person_id     String COMMENT 'Person, merges resolved',
    acts          UInt64 COMMENT 'Acts in any mode',
    volunteer     UInt64 COMMENT 'Acts in this mode',
    experiential  UInt64 COMMENT 'Acts in this mode',
    philanthropic UInt64 COMMENT 'Acts in this mode',
    communication UInt64 COMMENT 'Acts in this mode'
)
AS
WITH
    (SELECT (touched, resolved) FROM merged_persons) AS merged,
    -- Several communities may be asked for at once, and toString is what takes a time zone a row.
    (SELECT (groupArray(name), groupArray(zone)) FROM (SELECT tenant AS name, argMax(zone, version) AS zone FROM rollup_months GROUP BY tenant)) AS zones
SELECT tenant, month, person AS person_id, acts, volunteer, experiential, philanthropic, communication
FROM person_months
WHERE transform(concat(tenant, '/', person), merged.1, merged.2, '') = ''
UNION ALL
SELECT
    tenant, toStartOfMonth(ifNull(day, toDate32(substring(toString(at, transform(tenant, zones.1, zones.2, 'UTC')), 1, 10)))) AS month, person_id, count(), countIf(mode = 'volunteer'), countIf(mode = 'experiential'),
    countIf(mode = 'philanthropic'), countIf(mode = 'communication')
FROM acts
WHERE transform(concat(tenant, '/', person_id), merged.1, merged.2, '') != ''
GROUP BY tenant, month, person_id
COMMENT 'Who acted in which month, merges resolved and what they made one act counted once.';
