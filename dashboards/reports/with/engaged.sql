/*
name: engaged
with: [present, persons]
*/
-- The contactable alumni of each year of the community, with the modes in which they acted in it:
-- from the year of the first act to that of the last, each judged at its end, or today.
WITH
    toDate32({as_of:DateTime64(3, 'UTC')}, {timezone:String}) AS today,
    in_days AS (
        SELECT
            ifNull(day, toDate32(at, {timezone:String})) AS local_date,
            toYear(local_date) + (formatDateTime(local_date, '%m-%d') > {year_end:String}) AS year,
            acts.person_id AS person_id,
            groupUniqArray(toString(mode)) AS modes
        FROM acts
        WHERE tenant = {tenant:String} AND (
            NOT startsWith(type, 'attendance.recorded.') OR (gathering_id, person_id) IN (SELECT gathering_id, person_id FROM present)
        ) AND if(day IS NULL, at <= {as_of:DateTime64(3, 'UTC')}, local_date <= today)
        GROUP BY local_date, year, person_id
    ),
    per_year AS (
        SELECT year, person_id, groupUniqArrayArray(modes) AS modes
        FROM in_days
        GROUP BY year, person_id
    ),
    years AS (
        SELECT
            arrayJoin(range(first_year, last_year + 1)) AS year,
            toDate32(concat(leftPad(toString(year), 4, '0'), '-', {year_end:String})) AS last_day,
            least(last_day, today) AS judged_on,
            last_day >= today AS unfinished,
            toDateTime64(judged_on, 3, 'UTC') + toIntervalDay(1) AS day_end
        FROM (SELECT toUInt16(min(year)) AS first_year, toUInt16(max(year)) AS last_year FROM per_year HAVING count() > 0)
    ),
    judged AS (
        SELECT years.year AS year, unfinished, everyone.person_id AS person_id, living
        FROM (SELECT DISTINCT person_id FROM persons) AS everyone
        CROSS JOIN years
        INNER ASOF JOIN persons ON persons.person_id = everyone.person_id AND persons.valid_from < years.day_end
        WHERE wanted AND person_kind = 'alumnus' AND contactable AND known_since < day_end
            AND last_day >= toDate32({from:DateTime64(3, 'UTC')}, {timezone:String})
            AND subtractYears(last_day, 1) < toDate32({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {timezone:String})
    )
SELECT
    leftPad(toString(judged.year), 4, '0') AS period,
    judged.person_id AS person_id,
    modes,
    living,
    unfinished
FROM judged
LEFT JOIN per_year ON per_year.year = judged.year AND per_year.person_id = judged.person_id
