/*
name: periods
with: [chosen]
*/
-- Every period from the first to the last recorded gathering, those without one too.
WITH
    held_in AS (
        SELECT
            period_number,
            countIf(NOT recorded AND starts_at <= {as_of:DateTime64(3, 'UTC')}) AS not_recorded,
            max(NOT recorded AND ends_at <= {as_of:DateTime64(3, 'UTC')}) AND NOT max(recorded) AS nothing_recorded
        FROM chosen
        GROUP BY period_number
    ),
    calendar AS (
        SELECT
            arrayJoin(range(first_number, last_number + 1)) AS period_number,
            multiIf({grain:String} = 'year', 12, {grain:String} = 'quarter', 3, 1) AS months,
            period_number * months AS first_month,
            first_month + months AS next_month,
            makeDate32(intDiv(first_month, 12), first_month % 12 + 1, 1) AS period_start,
            makeDate32(intDiv(next_month, 12), next_month % 12 + 1, 1) AS period_end,
            leftPad(toString(intDiv(first_month, 12)), 4, '0') AS year_label
        FROM (
            SELECT min(period_number) AS first_number, max(period_number) AS last_number
            FROM chosen
            WHERE recorded AND {grain:String} != 'gathering'
            HAVING count() > 0
        )
    )
SELECT
    period_number,
    multiIf(
        {grain:String} = 'year', year_label,
        {grain:String} = 'quarter', concat(year_label, '-Q', toString(period_number % 4 + 1)),
        concat(year_label, '-', leftPad(toString(period_number % 12 + 1), 2, '0'))
    ) AS period,
    period_start,
    period_end > toDate32({as_of:DateTime64(3, 'UTC')}, {timezone:String}) AS unfinished,
    not_recorded,
    nothing_recorded,
    period_end > toDate32({from:DateTime64(3, 'UTC')}, {timezone:String})
        AND period_start <= toDate32({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {timezone:String}) AS shown
FROM calendar
LEFT JOIN held_in USING (period_number)
UNION ALL
SELECT
    period_number,
    gathering_id,
    local_date,
    ends_at > {as_of:DateTime64(3, 'UTC')},
    0,
    false,
    starts_at >= {from:DateTime64(3, 'UTC')} AND starts_at < {to:DateTime64(3, 'UTC')}
FROM chosen
WHERE recorded AND {grain:String} = 'gathering'
