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
    scheduled        Bool COMMENT 'Whether it was ever scheduled'
)
AS
SELECT
    tenant, gathering_id, max(title) AS title, max(kind) AS kind, max(formality) AS formality, max(format) AS format,
    coalesce(any(planned_start), min(first_attendance), any(completed_at)) AS starts_at,
    any(planned_end) AS ends_at,
    max(series_id) AS series_id, max(chapter_id) AS chapter_id, max(group_id) AS group_id, max(employer_id) AS employer_id,
    any(capacity) AS capacity, max(origin = 'cancelled') AS cancelled,
    multiIf(max(basis) != '', max(basis), countIf(origin = 'attendance') = 0, 'not_recorded', 'unstated') AS attendance_basis,
    any(headcount) AS headcount, any(anonymous_guests) AS anonymous_guests, max(origin = 'scheduled') AS scheduled
FROM
(
    SELECT
        tenant, gathering_id, 'scheduled' AS origin, title, toString(kind) AS kind, formality, format, starts_at AS planned_start, ends_at AS planned_end,
        series_id, chapter_id, group_id, employer_id, capacity, '' AS basis, NULL AS headcount, NULL AS anonymous_guests,
        NULL AS completed_at, NULL AS first_attendance
    FROM gathering_scheduled
    UNION ALL
    SELECT
        tenant, gathering_id, 'completed', '', '', '', '', NULL, NULL, '', '', '', '', NULL, attendance_basis, headcount, anonymous_guests,
        business_time, NULL
    FROM gathering_completed
    UNION ALL
    SELECT tenant, gathering_id, 'cancelled', '', '', '', '', NULL, NULL, '', '', '', '', NULL, '', NULL, NULL, NULL, NULL
    FROM gathering_cancelled
    UNION ALL
    SELECT tenant, gathering_id, 'attendance', '', '', '', '', NULL, NULL, '', '', '', '', NULL, '', NULL, NULL, NULL, min(business_time)
    FROM attendance_recorded
    GROUP BY tenant, gathering_id
)
GROUP BY tenant, gathering_id
HAVING max(origin != 'cancelled')
COMMENT 'Every gathering that is scheduled, completed, or known by its attendance.';
