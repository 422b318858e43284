-- What was said about a member and from which day. Registration counts from the start of its day, so that an update of that day stands
-- over it. A text that was not said is empty, anything else null.
CREATE OR REPLACE VIEW member_changes
(
    tenant          LowCardinality(String) COMMENT 'Community',
    person_id       String COMMENT 'Person, merges resolved',
    valid_from      DateTime64(3, 'UTC') COMMENT 'From when it holds',
    step            UInt8 COMMENT 'Order within one moment: 0 registered, 1 updated, 2 consent changed, 3 left',
    version         UInt128 COMMENT 'Version of the fact',
    joined_at       Nullable(DateTime64(3, 'UTC')) COMMENT 'Of a registration: when the member joined',
    left_at         Nullable(DateTime64(3, 'UTC')) COMMENT 'Of a leaving: when',
    left_reason     String COMMENT 'Of a leaving: resigned, lapsed, deceased, removed',
    kind            String COMMENT 'alumnus, student, staff, partner',
    status          String COMMENT 'candidate, ambassador',
    faculty         String COMMENT 'Faculty',
    graduation_year Nullable(Int64) COMMENT 'Year of graduation',
    chapter_id      String COMMENT 'Chapter',
    employer_id     String COMMENT 'Employer',
    region          String COMMENT 'Region',
    role            String COMMENT 'Role in the community',
    living          Nullable(Bool) COMMENT 'False once the person has died',
    contactable     Nullable(Bool) COMMENT 'Whether the community may and can write to the person'
)
AS
WITH (SELECT (touched, resolved) FROM merged_persons) AS merged
SELECT
    tenant, transform(concat(tenant, '/', raw_id), merged.1, merged.2, raw_id) AS person_id, valid_from, step, version, joined_at, left_at, left_reason,
    kind, status, faculty, graduation_year, chapter_id, employer_id, region, role, living, contactable
FROM
(
    SELECT
        tenant, person_id AS raw_id, toDateTime64(toDate32(joined_at), 3, 'UTC') AS valid_from, 0 AS step, version, joined_at, NULL AS left_at, '' AS left_reason,
        toString(kind) AS kind, toString(status) AS status, faculty, graduation_year, '' AS chapter_id, '' AS employer_id, '' AS region, '' AS role,
        CAST(NULL, 'Nullable(Bool)') AS living, CAST(NULL, 'Nullable(Bool)') AS contactable
    FROM member_registered
    UNION ALL
    SELECT
        tenant, person_id, toDateTime64(valid_from, 3, 'UTC'), 1, version, NULL, NULL, '',
        toString(kind), toString(status), faculty, graduation_year, chapter_id, employer_id, region, role, living, contactable
    FROM member_updated
    UNION ALL
    SELECT tenant, person_id, business_time, 2, version, NULL, NULL, '', '', '', '', NULL, '', '', '', '', NULL, granted
    FROM consent_changed
    WHERE purpose = 'contact'
    UNION ALL
    SELECT
        tenant, person_id, business_time, 3, version, NULL, business_time, toString(reason),
        '', '', '', NULL, '', '', '', '', if(reason = 'deceased', CAST(false, 'Nullable(Bool)'), NULL), NULL
    FROM member_left
)
COMMENT 'Every statement about members in time: registrations, updates, consents to contact, leavings.';
