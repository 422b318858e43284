/*
name: engaged
with: [present, persons]
*/
-- The contactable alumni of each year of the community, with the modes in which they acted in it:
-- from the year of the first act to that of the last, each judged at its end, or today.
-- Acts are many: they are read once, into a constant, and modes are bits until the end.
WITH
    toDate32({as_of:DateTime64(3, 'UTC')}, {timezone:String}) AS today,
    ['volunteer', 'experiential', 'philanthropic', 'communication'] AS all_modes,
    (
        SELECT groupArray((year, person_id, bits))
        FROM (
            SELECT
                person_id,
                intDiv(date_number, 10000) + (date_number % 10000 > toUInt16(replaceOne({year_end:String}, '-', ''))) AS year,
                groupBitOr(bit) AS bits
            FROM (
                SELECT
                    person_id,
                    toYYYYMMDD(ifNull(day, toDate32(at, {timezone:String}))) AS date_number,
                    transform(mode, ['volunteer', 'experiential', 'philanthropic', 'communication'], [1, 2, 4, 8], 0) AS bit
                FROM acts
                WHERE tenant = {tenant:String}
                    AND (NOT startsWith(type, 'attendance.recorded.') OR (gathering_id, person_id) IN (SELECT gathering_id, person_id FROM present))
                    AND if(day IS NULL, at <= {as_of:DateTime64(3, 'UTC')}, day <= toDate32({as_of:DateTime64(3, 'UTC')}, {timezone:String}))
            )
            GROUP BY person_id, year
        )
    ) AS acted,
    years AS (
        SELECT groupArray((year, unfinished, day_end)) AS of_year
        FROM (
            SELECT
                arrayJoin(range(first_year, last_year + 1)) AS year,
                toDate32(concat(leftPad(toString(year), 4, '0'), '-', {year_end:String})) AS last_day,
                last_day >= today AS unfinished,
                toDateTime64(least(last_day, today), 3, 'UTC') + toIntervalDay(1) AS day_end
            FROM (SELECT arrayMin(acted.1) AS first_year, arrayMax(acted.1) AS last_year WHERE notEmpty(acted))
        )
        WHERE last_day >= toDate32({from:DateTime64(3, 'UTC')}, {timezone:String})
            AND subtractYears(last_day, 1) < toDate32({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {timezone:String})
    ),
    -- What is known of a person holds until the next is known.
    judged AS (
        SELECT
            person_id,
            living,
            arrayJoin(arrayFilter(y -> valid_from < y.3 AND known_since < y.3 AND ifNull(next_from >= y.3, true), (SELECT of_year FROM years))) AS in_year
        FROM (
            SELECT
                person_id, living, valid_from, known_since, wanted AND person_kind = 'alumnus' AND contactable AS is_eligible,
                leadInFrame(toNullable(valid_from)) OVER (PARTITION BY person_id ORDER BY valid_from ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS next_from
            FROM persons
        )
        WHERE is_eligible
    )
SELECT
    leftPad(toString(judged.in_year.1), 4, '0') AS period,
    judged.person_id AS person_id,
    arrayFilter((m, i) -> bitTest(found.bits, i - 1), all_modes, [1, 2, 3, 4]) AS modes,
    found.bits AS mode_bits,
    living,
    judged.in_year.2 AS unfinished
FROM judged
LEFT JOIN (SELECT one.1 AS year, one.2 AS person_id, toUInt8(one.3) AS bits FROM (SELECT arrayJoin(acted) AS one)) AS found
    ON found.year = judged.in_year.1 AND found.person_id = judged.person_id
