/*
name: retained
with: [cohorts, periods]
*/
-- Every cohort in every period up to that of the last recorded gathering, one row a person: what retention is counted from.
WITH
    multiIf({grain:String} = 'year', 12, {grain:String} = 'quarter', 3, 1) AS months,
    toDate32({as_of:DateTime64(3, 'UTC')}, {timezone:String}) AS today,
    intDiv(toYear(today) * 12 + toMonth(today) - 1, months) AS current_number,
    (SELECT max(period_number) FROM periods) AS last_number
SELECT
    multiIf(
        {grain:String} = 'year', leftPad(toString(cohort_number), 4, '0'),
        {grain:String} = 'quarter', concat(leftPad(toString(intDiv(cohort_number, 4)), 4, '0'), '-Q', toString(cohort_number % 4 + 1)),
        concat(leftPad(toString(intDiv(cohort_number, 12)), 4, '0'), '-', leftPad(toString(cohort_number % 12 + 1), 2, '0'))
    ) AS cohort,
    arrayJoin(range(0, greatest(last_number, cohort_number) - cohort_number + 1)) AS period,
    person_id,
    active_after,
    cohort_number + period >= current_number AS unfinished
FROM cohorts
WHERE makeDate32(intDiv((cohort_number + 1) * months, 12), (cohort_number + 1) * months % 12 + 1, 1) > toDate32({from:DateTime64(3, 'UTC')}, {timezone:String})
    AND makeDate32(intDiv(cohort_number * months, 12), cohort_number * months % 12 + 1, 1) <= toDate32({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {timezone:String})
