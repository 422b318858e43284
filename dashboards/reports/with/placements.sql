/*
name: placements
with: [resolve]
*/
-- Placements by what has happened until now. One that was completed or terminated has started, whether or not somebody said so.
SELECT
    placement_id,
    application_id,
    opportunity_id,
    resolve(student_id) AS person_id,
    statuses,
    started_at,
    completed_at,
    eligible
FROM (
    SELECT
        p.placement_id AS placement_id,
        argMaxIf(p.application_id, p.version, p.application_id != '') AS application_id,
        argMax(p.opportunity_id, p.version) AS opportunity_id,
        argMax(p.student_id, p.version) AS student_id,
        groupUniqArray(toString(p.status)) AS statuses,
        ifNull(minIf(toNullable(p.business_time), p.status = 'started'), min(p.business_time)) AS started_at,
        minIf(toNullable(p.business_time), p.status = 'completed') AS completed_at,
        max(p.status = 'completed' AND ifNull(p.eligible_for_hire, false)) AS eligible
    FROM placement_status_changed AS p
    WHERE tenant = {tenant:String} AND business_time <= {as_of:DateTime64(3, 'UTC')}
    GROUP BY p.placement_id
) AS found
