CREATE OR REPLACE VIEW members
(
    tenant          LowCardinality(String) COMMENT 'Community',
    person_id       String COMMENT 'Person, merges resolved',
    kind            String COMMENT 'alumnus, student, staff, partner; empty when unknown',
    status          String COMMENT 'candidate, ambassador; empty when unknown',
    faculty         String COMMENT 'Faculty, empty when unknown',
    graduation_year Nullable(Int64) COMMENT 'Year of graduation, null when unknown',
    chapter_id      String COMMENT 'Chapter, empty when none',
    employer_id     String COMMENT 'Employer, empty when unknown',
    region          String COMMENT 'Region, empty when unknown',
    role            String COMMENT 'Role in the community, empty when none',
    living          Bool COMMENT 'True unless an update or a leaving says that the person has died',
    contactable     Bool COMMENT 'The latest of updates and consents to contact; true when nothing was said',
    joined_at       Nullable(DateTime64(3, 'UTC')) COMMENT 'When the person joined first; null when never registered',
    left_at         Nullable(DateTime64(3, 'UTC')) COMMENT 'When the person left; null for those who stayed or came back',
    left_reason     String COMMENT 'resigned, lapsed, deceased, removed; empty for those who stayed'
)
AS
SELECT
    tenant, person_id,
    argMaxIf(c.kind, (valid_from, step, version), c.kind != '') AS kind,
    argMaxIf(c.status, (valid_from, step, version), c.status != '') AS status,
    argMaxIf(c.faculty, (valid_from, step, version), c.faculty != '') AS faculty,
    argMax(c.graduation_year, (valid_from, step, version)) AS graduation_year,
    argMaxIf(c.chapter_id, (valid_from, step, version), c.chapter_id != '') AS chapter_id,
    argMaxIf(c.employer_id, (valid_from, step, version), c.employer_id != '') AS employer_id,
    argMaxIf(c.region, (valid_from, step, version), c.region != '') AS region,
    argMaxIf(c.role, (valid_from, step, version), c.role != '') AS role,
    ifNull(argMax(c.living, (valid_from, step, version)), true) AS living,
    ifNull(argMax(c.contactable, (valid_from, step, version)), true) AS contactable,
    min(c.joined_at) AS joined_at,
    if(max(c.left_at) >= ifNull(max(c.joined_at), max(c.left_at)), max(c.left_at), NULL) AS left_at,
    if(isNull(left_at), '', argMaxIf(c.left_reason, (valid_from, version), step = 3)) AS left_reason
FROM member_changes AS c
WHERE valid_from <= now64(3) AND person_id != ' withdrawn'
GROUP BY tenant, person_id
HAVING max(step != 2)
COMMENT 'Members as they are now: one row a person, merges resolved. Statements that begin in the future do not count yet.';
