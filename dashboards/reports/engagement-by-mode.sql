/*
name: engagement-by-mode
title: Engagement by mode
question: What part of our alumni engaged this year, and how?
section: Engagement
definition: >
  CASE Alumni Engagement Metrics. Engaged are the distinct contactable alumni with at least one act in a mode during the community's year; eligible are the living, contactable
  alumni at the end of that year (of a year that is not over: today). Alumni, contactable and living are taken as at that day. A person counts once per mode, and once in "any".
  The mode of an act is laid down by its event type: attending is experiential (as speaker or host: volunteer), registering alone is nothing, opening an e-mail is not communication.
with: [present, persons]
dimensions:
  period: {type: string, title: Year, description: "The year in which the community's year ends."}
  mode: {type: string, description: "volunteer, experiential, philanthropic, communication, or any of them."}
measures:
  engaged: {count: person_id, where: is_engaged, unit: persons, description: "Distinct contactable alumni with at least one act in the mode."}
  eligible: {count: person_id, where: is_eligible, unit: persons, description: "Living contactable alumni at the end of the year."}
  participation: {ratio: [engaged, eligible], unit: share, description: "Engaged by eligible."}
  unfinished: {value: unfinished, type: boolean, description: True while the year is not over.}
order: [period, min(mode_order)]
chart: {kind: bar, x: mode, y: [participation]}
pivot: {rows: [period], columns: mode, value: engaged}
*/
WITH
    toDate32({as_of:DateTime64(3, 'UTC')}, {timezone:String}) AS today,
    engaged AS (
        SELECT
            ifNull(day, toDate32(at, {timezone:String})) AS local_date,
            toYear(local_date) + (formatDateTime(local_date, '%m-%d') > {year_end:String}) AS year,
            acts.person_id AS person_id,
            groupUniqArray(toString(mode)) AS modes
        FROM acts
        WHERE tenant = {tenant:String} AND if(day IS NULL, at <= {as_of:DateTime64(3, 'UTC')}, day <= today) AND (
            NOT startsWith(type, 'attendance.recorded.') OR (gathering_id, person_id) IN (SELECT gathering_id, person_id FROM present)
        )
        GROUP BY local_date, year, person_id
    ),
    per_year AS (
        SELECT year, person_id, groupUniqArrayArray(modes) AS modes
        FROM engaged
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
    arrayJoin(['any', 'volunteer', 'experiential', 'philanthropic', 'communication']) AS mode,
    judged.person_id AS person_id,
    modes,
    if(mode = 'any', notEmpty(modes), has(modes, mode)) AS is_engaged,
    living AS is_eligible,
    unfinished,
    indexOf(['any', 'volunteer', 'experiential', 'philanthropic', 'communication'], mode) AS mode_order
FROM judged
LEFT JOIN per_year ON per_year.year = judged.year AND per_year.person_id = judged.person_id
