-- What was said about a member and from which day. Registration counts from the start of its day, so that an update of that day stands
-- over it. A text that was not said is empty, anything else null. Persons who withdrew from analytics stand together under ' withdrawn', all
-- of them somehow, so that a report finds that they are not wanted.
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
    tenant, transform(concat(tenant, '/', person), merged.1, merged.2, person) AS person_id, valid_from, step, version,
    if(step = 0, at, NULL) AS joined_at, if(step = 3, at, NULL) AS left_at, if(step = 3, said.reason, '') AS left_reason,
    kind, status, said.faculty AS faculty, said.graduation_year AS graduation_year, said.chapter_id AS chapter_id, said.employer_id AS employer_id,
    said.region AS region, said.role AS role, if(said.reason = 'deceased', false, said.living) AS living, if(step = 2, said.granted, said.contactable) AS contactable
FROM
(
    SELECT
        tenant, person, at, version, kind, status,
        transform(toUInt32(bitShiftRight(kh, 96)), [{#member.registered}, {#member.updated}, {#consent.changed}, {#member.left}], [0, 1, 2, 3], 0) AS step,
        if(step = 0, toDateTime64(toDate32(at), 3, 'UTC'), at) AS valid_from,
        JSONExtract(data, 'Tuple(faculty String, graduation_year Nullable(Int64), chapter_id String, employer_id String, region String, role String, living Nullable(Bool), contactable Nullable(Bool), purpose String, granted Nullable(Bool), reason String)') AS said
    FROM facts FINAL
    WHERE {member.registered member.updated consent.changed member.left} AND NOT voided
)
WHERE step != 2 OR said.purpose = 'contact' OR person_id = ' withdrawn'
COMMENT 'Every statement about members in time: registrations, updates, consents to contact, leavings.';
