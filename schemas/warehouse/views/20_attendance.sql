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
SELECT tenant, gathering_id, person_id, ifNull(present, false) AS present, role, method, minutes, group_id, business_time AS at
FROM attendance_recorded
WHERE transform(concat(tenant, '/', person_id), merged.1, merged.2, '') = ''
UNION ALL
SELECT
    tenant, gathering_id, resolved AS person_id, max(here) AS present,
    argMax(role, (here, version)) AS role, argMax(method, (here, version)) AS method, argMax(tuple(minutes), (here, version)).1 AS minutes,
    argMax(group_id, (here, version)) AS group_id, argMax(business_time, (here, version)) AS at
FROM
(
    SELECT *, ifNull(present, false) AS here, transform(concat(tenant, '/', person_id), merged.1, merged.2, '') AS resolved
    FROM attendance_recorded
    WHERE notEmpty(merged.1) AND resolved != ''
)
GROUP BY tenant, gathering_id, resolved
COMMENT 'Who was at which gathering: one row for every gathering and person, merges resolved, corrections applied.';
