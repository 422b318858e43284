-- A gathering exists when it was scheduled, when it was completed, or when somebody's attendance is recorded.
CREATE OR REPLACE VIEW gatherings
(
    tenant           LowCardinality(String) COMMENT 'Community',
    gathering_id     String COMMENT 'Gathering',
    title            String COMMENT 'Title, may be empty',
    kind             String COMMENT 'meeting, strategic_session, working_session, student_meeting, excursion, graduation_ceremony, social, webinar; empty when never scheduled',
    formality        String COMMENT 'formal or informal',
    format           String COMMENT 'in_person, online or hybrid',
    starts_at        DateTime64(3, 'UTC') COMMENT 'Start; of a gathering that was never scheduled: the earliest attendance, else the completion event''s time',
    ends_at          Nullable(DateTime64(3, 'UTC')) COMMENT 'End, where scheduled',
    series_id        String COMMENT 'Series that it belongs to, may be empty',
    chapter_id       String COMMENT 'Chapter, may be empty',
    group_id         String COMMENT 'Group that holds it, may be empty',
    employer_id      String COMMENT 'Employer visited or hosting, may be empty',
    capacity         Nullable(Int64) COMMENT 'Seats, where known',
    cancelled        Bool COMMENT 'Whether it was cancelled',
    attendance_basis String COMMENT 'check_in, sign_in_sheet, headcount_only, registration_assumed or not_recorded; unstated when attendance is recorded but no completion',
    headcount        Nullable(Int64) COMMENT 'Persons counted in the room, where known',
    anonymous_guests Nullable(Int64) COMMENT 'Guests without an id, where known',
    scheduled        Bool COMMENT 'Whether it was ever scheduled',
    has_attendance   Bool COMMENT 'Whether anybody''s attendance or absence is recorded'
)
AS
SELECT
    tenant, gathering_id, max(said.title) AS title, max(kind) AS kind, max(said.formality) AS formality, max(said.format) AS format,
    coalesce(maxIf(toNullable(at), origin = 0), minIf(toNullable(at), origin = 3), maxIf(toNullable(at), origin = 1)) AS starts_at,
    max(parseDateTime64BestEffortOrNull(said.ends_at, 3, 'UTC')) AS ends_at,
    max(said.series_id) AS series_id, max(said.chapter_id) AS chapter_id, max(group_id) AS group_id, max(said.employer_id) AS employer_id,
    max(said.capacity) AS capacity, max(origin = 2) AS cancelled,
    multiIf(max(said.attendance_basis) != '', max(said.attendance_basis), countIf(origin = 3) = 0, 'not_recorded', 'unstated') AS attendance_basis,
    max(said.headcount) AS headcount, max(said.anonymous_guests) AS anonymous_guests, max(origin = 0) AS scheduled, max(origin = 3) AS has_attendance
FROM
(
    SELECT
        tenant, gathering AS gathering_id, at, toString(kind) AS kind, group_id,
        transform(toUInt32(bitShiftRight(kh, 96)), [{#gathering.scheduled}, {#gathering.completed}, {#gathering.cancelled}], [0, 1, 2], 2) AS origin,
        JSONExtract(data, 'Tuple(title String, formality String, format String, ends_at String, series_id String, chapter_id String, employer_id String, capacity Nullable(Int64), attendance_basis String, headcount Nullable(Int64), anonymous_guests Nullable(Int64))') AS said
    FROM facts FINAL
    WHERE {gathering.scheduled gathering.completed gathering.cancelled} AND NOT voided
    UNION ALL
    SELECT tenant, gathering, min(at), '', '', 3, JSONExtract('', 'Tuple(title String, formality String, format String, ends_at String, series_id String, chapter_id String, employer_id String, capacity Nullable(Int64), attendance_basis String, headcount Nullable(Int64), anonymous_guests Nullable(Int64))')
    FROM facts FINAL
    WHERE {attendance.recorded} AND NOT voided
    GROUP BY tenant, gathering
)
GROUP BY tenant, gathering_id
HAVING max(origin != 2)
COMMENT 'Every gathering that is scheduled, completed, or known by its attendance.';
