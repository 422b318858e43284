/*
name: present
with: [held]
*/
-- Who was present where: one row per person and gathering that has begun, in all history.
SELECT
    person_id,
    held.gathering_id AS gathering_id,
    toString(role) AS role,
    minutes,
    group_id,
    starts_at,
    local_date,
    day_end,
    row_number() OVER (PARTITION BY person_id ORDER BY starts_at, held.gathering_id) = 1 AS is_first_time
FROM attendance
INNER JOIN held ON held.gathering_id = attendance.gathering_id
WHERE attendance.tenant = {tenant:String} AND present AND starts_at <= {as_of:DateTime64(3, 'UTC')}
