-- Two branches: persons whom no merge touches pass through; only the others are grouped, since only for them two facts can be one
-- attendance. Of those, being present wins over being absent, then the higher version. Every column is chosen by an aggregate of its own,
-- so that columns that a query does not ask for are not read.
CREATE OR REPLACE VIEW attendance
(
    tenant       LowCardinality(String) COMMENT 'Community',
    gathering_id String COMMENT 'Gathering',
    person_id    String COMMENT 'Person, merges resolved',
    present      Bool COMMENT 'Whether the person was there; false is a recorded absence',
    role         String COMMENT 'participant, speaker, host, organiser or volunteer',
    method       String COMMENT 'How it was recorded: qr, desk, sheet, self, import',
    minutes      Nullable(Int64) COMMENT 'Minutes of attendance, where known',
    group_id     String COMMENT 'Working group in which the person took part, empty when none',
    at           DateTime64(3, 'UTC') COMMENT 'When the person was there: at, else the event''s time'
)
AS
WITH (SELECT (touched, resolved) FROM merged_persons) AS merged
SELECT
    tenant, gathering AS gathering_id, person AS person_id, ifNull(f.present, false) AS present, f.role AS role, JSONExtractString(data, 'method') AS method,
    JSONExtract(data, 'minutes', 'Nullable(Int64)') AS minutes, f.group_id AS group_id, f.at AS at
FROM facts AS f FINAL
WHERE {attendance.recorded} AND NOT voided AND transform(concat(tenant, '/', person), merged.1, merged.2, '') = ''
UNION ALL
SELECT
    tenant, gathering, resolved, ifNull(present, false), role, JSONExtractString(data, 'method'), JSONExtract(data, 'minutes', 'Nullable(Int64)'), group_id, at
FROM
(
    SELECT tenant, gathering, present, version, role, data, group_id, at, transform(concat(tenant, '/', person), merged.1, merged.2, '') AS resolved
    FROM facts FINAL
    WHERE {attendance.recorded} AND NOT voided AND notEmpty(merged.1) AND resolved NOT IN ('', ' withdrawn')
)
ORDER BY ifNull(present, false) DESC, version DESC
LIMIT 1 BY tenant, gathering, resolved
COMMENT 'Who was at which gathering: one row for every gathering and person, merges resolved, corrections applied.';
