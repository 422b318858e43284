-- For reports "as at the event": ASOF LEFT JOIN member_attributes ON tenant, person_id AND at >= valid_from.
CREATE OR REPLACE VIEW member_attributes
(
    tenant          LowCardinality(String) COMMENT 'Community',
    person_id       String COMMENT 'Person, merges resolved',
    valid_from      DateTime64(3, 'UTC') COMMENT 'From when these attributes hold, until the next row of the person',
    kind            String COMMENT 'alumnus, student, staff, partner; empty when unknown then',
    status          String COMMENT 'candidate, ambassador; empty when unknown then',
    faculty         String COMMENT 'Faculty, empty when unknown then',
    graduation_year Nullable(Int64) COMMENT 'Year of graduation, null when unknown then',
    chapter_id      String COMMENT 'Chapter, empty when none',
    employer_id     String COMMENT 'Employer, empty when unknown then',
    region          String COMMENT 'Region, empty when unknown then',
    role            String COMMENT 'Role in the community, empty when none',
    living          Bool COMMENT 'False from the death on',
    contactable     Bool COMMENT 'Whether the community might write to the person then'
)
AS
SELECT
    tenant, person_id, valid_from,
    ifNull(anyLast(nullIf(s.kind, '')) OVER sofar, '') AS kind,
    ifNull(anyLast(nullIf(s.status, '')) OVER sofar, '') AS status,
    ifNull(anyLast(nullIf(s.faculty, '')) OVER sofar, '') AS faculty,
    anyLast(s.graduation_year) OVER sofar AS graduation_year,
    ifNull(anyLast(nullIf(s.chapter_id, '')) OVER sofar, '') AS chapter_id,
    ifNull(anyLast(nullIf(s.employer_id, '')) OVER sofar, '') AS employer_id,
    ifNull(anyLast(nullIf(s.region, '')) OVER sofar, '') AS region,
    ifNull(anyLast(nullIf(s.role, '')) OVER sofar, '') AS role,
    ifNull(anyLast(s.living) OVER sofar, true) AS living,
    ifNull(anyLast(s.contactable) OVER sofar, true) AS contactable
FROM
(
    SELECT
        tenant, person_id, valid_from,
        argMaxIf(c.kind, (step, version), c.kind != '') AS kind,
        argMaxIf(c.status, (step, version), c.status != '') AS status,
        argMaxIf(c.faculty, (step, version), c.faculty != '') AS faculty,
        argMax(c.graduation_year, (step, version)) AS graduation_year,
        argMaxIf(c.chapter_id, (step, version), c.chapter_id != '') AS chapter_id,
        argMaxIf(c.employer_id, (step, version), c.employer_id != '') AS employer_id,
        argMaxIf(c.region, (step, version), c.region != '') AS region,
        argMaxIf(c.role, (step, version), c.role != '') AS role,
        argMax(c.living, (step, version)) AS living,
        argMax(c.contactable, (step, version)) AS contactable
    FROM member_changes AS c
    WHERE person_id != ' withdrawn'
    GROUP BY tenant, person_id, valid_from
) AS s
WINDOW sofar AS (PARTITION BY tenant, person_id ORDER BY valid_from ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
COMMENT 'What was known of members at a time: a row for every change, with everything said until then.';
