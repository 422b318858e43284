/*
name: engaged
with: [held, persons]
*/
-- The contactable alumni of each year of the community, with the modes in which they acted in it:
-- from the year of the first act to that of the last, each judged at its end, or today.
-- Acts are many: they are read once, into a constant that has every person once, and modes are bits until the end.
WITH
    toDate32({as_of:DateTime64(3, 'UTC')}, {timezone:String}) AS today,
    ['volunteer', 'experiential', 'philanthropic', 'communication'] AS all_modes,
    -- In which years a person acted, and how: year * 16 + the bit of the mode.
    (
        SELECT groupArray((person_id, codes))
        FROM (
            SELECT
                person_id,
                groupUniqArray(toUInt32((intDiv(date_number, 10000) + (date_number % 10000 > toUInt16(replaceOne({year_end:String}, '-', '')))) * 16 + bit)) AS codes
            FROM (
                SELECT
                    person_id,
                    toYYYYMMDD(ifNull(day, toDate32(at, {timezone:String}))) AS date_number,
                    transform(mode, ['volunteer', 'experiential', 'philanthropic', 'communication'], [1, 2, 4, 8], 0) AS bit
                FROM acts
                WHERE tenant = {tenant:String}
                    -- An absence is no act; what was cancelled or has not begun was attended by nobody.
                    AND (NOT startsWith(type, 'attendance.recorded.') OR gathering_id IN (SELECT gathering_id FROM held WHERE starts_at <= {as_of:DateTime64(3, 'UTC')}))
                    AND if(day IS NULL, at <= {as_of:DateTime64(3, 'UTC')}, day <= toDate32({as_of:DateTime64(3, 'UTC')}, {timezone:String}))
            )
            GROUP BY person_id
        )
    ) AS acted,
    years AS (
        SELECT groupArray((year, unfinished, day_end)) AS of_year
        FROM (
            SELECT
                arrayJoin(range(intDiv(first_code, 16), intDiv(last_code, 16) + 1)) AS year,
                toDate32(concat(leftPad(toString(year), 4, '0'), '-', {year_end:String})) AS last_day,
                last_day >= today AS unfinished,
                toDateTime64(least(last_day, today), 3, 'UTC') + toIntervalDay(1) AS day_end
            FROM (SELECT arrayMin(arrayFlatten(acted.2)) AS first_code, arrayMax(arrayFlatten(acted.2)) AS last_code WHERE notEmpty(acted))
        )
        WHERE last_day >= toDate32({from:DateTime64(3, 'UTC')}, {timezone:String})
            AND subtractYears(last_day, 1) < toDate32({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {timezone:String})
    ),
    -- What is known of a person holds until the next is known.
    judged AS (
        SELECT
            person_id,
            living,
            arrayFilter(y -> valid_from < y.3 AND known_since < y.3 AND ifNull(next_from >= y.3, true), (SELECT of_year FROM years)) AS of_years
        FROM (
            SELECT
                person_id, living, valid_from, known_since, wanted AND person_kind = 'alumnus' AND contactable AS is_eligible,
                leadInFrame(toNullable(valid_from)) OVER (PARTITION BY person_id ORDER BY valid_from ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS next_from
            FROM persons
        )
        WHERE is_eligible AND notEmpty(of_years)
    )
SELECT
    leftPad(toString(in_year.1), 4, '0') AS period,
    person_id,
    arrayFilter((m, i) -> bitTest(mode_bits, i - 1), all_modes, [1, 2, 3, 4]) AS modes,
    in_year.3 AS mode_bits,
    living,
    in_year.2 AS unfinished
FROM (
    SELECT
        judged.person_id AS person_id,
        living,
        arrayJoin(arrayMap(y -> (y.1, y.2, toUInt8(arraySum(bit -> bit * has(found.codes, y.1 * 16 + bit), [1, 2, 4, 8]))), of_years)) AS in_year
    FROM judged
    LEFT JOIN (SELECT one.1 AS person_id, one.2 AS codes FROM (SELECT arrayJoin(acted) AS one)) AS found ON found.person_id = judged.person_id
)
