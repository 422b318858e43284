/*
name: logs
with: [resolve]
*/
-- Volunteer work as logged until today, hours as decimals. The days are the community's own.
SELECT
    log_id,
    resolve(volunteering_logged.person_id) AS person_id,
    toString(activity) AS activity,
    toDate32(business_time) AS day,
    ifNull(hours, 0) AS hours,
    students_reached
FROM volunteering_logged
WHERE tenant = {tenant:String} AND day <= toDate32({as_of:DateTime64(3, 'UTC')}, {timezone:String})
