/*
name: calendar
*/
-- Every month, quarter or year of two centuries, counted from the year 0: what is found is joined
-- to it, and those before the first and after the last that something is found in are left out.
WITH
    multiIf({grain:String} = 'year', 12, {grain:String} = 'quarter', 3, 1) AS months,
    period_number * months AS first_month,
    first_month + months AS next_month,
    leftPad(toString(intDiv(first_month, 12)), 4, '0') AS year_label
SELECT
    period_number,
    multiIf(
        {grain:String} = 'year', year_label,
        {grain:String} = 'quarter', concat(year_label, '-Q', toString(period_number % 4 + 1)),
        concat(year_label, '-', leftPad(toString(period_number % 12 + 1), 2, '0'))
    ) AS period,
    makeDate32(intDiv(first_month, 12), first_month % 12 + 1, 1) AS period_start,
    makeDate32(intDiv(next_month, 12), next_month % 12 + 1, 1) AS period_end,
    period_end > toDate32({as_of:DateTime64(3, 'UTC')}, {timezone:String}) AS unfinished,
    period_end > toDate32({from:DateTime64(3, 'UTC')}, {timezone:String})
        AND period_start <= toDate32({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {timezone:String}) AS shown
FROM (SELECT toInt64(arrayJoin(range(intDiv(1900 * 12, months), intDiv(2101 * 12, months)))) AS period_number)
