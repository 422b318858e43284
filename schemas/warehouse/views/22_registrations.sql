-- A registration is a history: submissions (one fact for every status) and cancellations (one for every time). The latest wins;
-- at the same moment the later step does (pending, waitlisted, confirmed, rejected, cancelled).
CREATE OR REPLACE VIEW registrations
(
    tenant        LowCardinality(String) COMMENT 'Community',
    gathering_id  String COMMENT 'Gathering',
    person_id     String COMMENT 'Person, merges resolved',
    status        String COMMENT 'Latest: pending, confirmed, waitlisted, rejected or cancelled',
    submitted_at  Nullable(DateTime64(3, 'UTC')) COMMENT 'First submission',
    confirmed_at  Nullable(DateTime64(3, 'UTC')) COMMENT 'First confirmation',
    last_confirmed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Last confirmation; another than the first only of merged persons',
    waitlisted_at Nullable(DateTime64(3, 'UTC')) COMMENT 'First time on the waiting list',
    cancelled_at  Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was cancelled; null when it was taken up again afterwards',
    cancelled_by  String COMMENT 'attendee or organiser, empty when not cancelled',
    channel       String COMMENT 'Channel of the latest submission that names one',
    guests        Int64 COMMENT 'Guests announced with the latest submission that says so, else 0'
)
AS
WITH (SELECT (touched, resolved) FROM merged_persons) AS merged
SELECT
    tenant, gathering_id, person_id,
    argMax(step, (at, rank, version)) AS status,
    minIf(toNullable(at), rank < 4) AS submitted_at,
    minIf(toNullable(at), step = 'confirmed') AS confirmed_at,
    maxIf(toNullable(at), step = 'confirmed') AS last_confirmed_at,
    minIf(toNullable(at), step = 'waitlisted') AS waitlisted_at,
    if(status = 'cancelled', maxIf(toNullable(at), rank = 4), NULL) AS cancelled_at,
    if(status = 'cancelled', argMaxIf(said.by, (at, version), rank = 4), '') AS cancelled_by,
    argMaxIf(said.channel, (at, rank, version), said.channel != '') AS channel,
    argMaxIf(ifNull(said.guests, 0), (at, rank, version), isNotNull(said.guests)) AS guests
FROM
(
    SELECT
        tenant, gathering AS gathering_id, transform(concat(tenant, '/', person), merged.1, merged.2, person) AS person_id,
        if({registration.cancelled}, 'cancelled', toString(status)) AS step,
        transform(step, ['pending', 'waitlisted', 'confirmed', 'rejected', 'cancelled'], [0, 1, 2, 3, 4], 0) AS rank,
        at, version, JSONExtract(data, 'Tuple(by String, channel String, guests Nullable(Int64))') AS said
    FROM facts FINAL
    WHERE {registration.submitted registration.cancelled} AND NOT voided AND person_id != ' withdrawn'
)
GROUP BY tenant, gathering_id, person_id
COMMENT 'Registrations: one row for every gathering and person with its latest status, merges resolved.';
