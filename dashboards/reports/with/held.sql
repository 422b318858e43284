/*
name: held
columns: [gathering_id, title, kind, gathering_chapter, gathering_group, starts_at, ends_at, local_date, day_end, series_id, capacity, attendance_basis, headcount, anonymous_guests, recorded, previous_starts_at, next_gathering_id, next_recorded]
*/
-- Every gathering that was not cancelled, with its place in its series. Nothing is
-- filtered here: what came before a gathering does not depend on what is shown.
SELECT
    gathering_id,
    title,
    kind,
    chapter_id AS gathering_chapter,
    group_id AS gathering_group,
    starts_at,
    ifNull(ends_at, starts_at) AS ends_at,
    toDate32(starts_at, {timezone:String}) AS local_date,
    toDateTime64(local_date, 3, 'UTC') + toIntervalDay(1) AS day_end,
    series_id,
    capacity,
    attendance_basis,
    headcount,
    anonymous_guests,
    -- Recorded is where somebody's attendance or absence is, whatever the organisers say of the basis: a sheet that names
    -- nobody is no zero. What has not begun yet is not recorded, whatever was sent already.
    starts_at <= {as_of:DateTime64(3, 'UTC')} AND has_attendance AS recorded,
    if(series_id = '', NULL, lagInFrame(toNullable(starts_at)) OVER series) AS previous_starts_at,
    if(series_id = '', NULL, leadInFrame(toNullable(gathering_id)) OVER series) AS next_gathering_id,
    if(series_id = '', NULL, leadInFrame(toNullable(recorded)) OVER series) AS next_recorded
FROM gatherings
WHERE tenant = {tenant:String} AND NOT cancelled
WINDOW series AS (PARTITION BY series_id ORDER BY starts_at, gathering_id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
