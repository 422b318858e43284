/*
name: cohorts
with: [attended, persons, joined]
parameters:
  cohort_by: {type: enum, title: Cohort by, values: [attendance, join], default: attendance, description: "Whether a person's cohort is the period of the first attendance or that of joining."}
*/
-- Each person's cohort and the periods in which the person was active, counted from it.
WITH
    activity AS (
        SELECT person_id, groupUniqArray(period_number) AS active_in
        FROM attended
        GROUP BY person_id
    ),
    joiners AS (
        SELECT
            joined.person_id AS person_id,
            toDate32(joined_at, {timezone:String}) AS joined_on,
            multiIf(
                {grain:String} = 'year', toInt64(toYear(joined_on)),
                {grain:String} = 'quarter', toInt64(toYear(joined_on)) * 4 + toQuarter(joined_on) - 1,
                toInt64(toYear(joined_on)) * 12 + toMonth(joined_on) - 1
            ) AS joined_in
        FROM joined
        LEFT ASOF JOIN persons ON persons.person_id = joined.person_id
            AND persons.valid_from < toDateTime64(toDate32(joined_at, {timezone:String}), 3, 'UTC') + toIntervalDay(1)
        WHERE wanted AND {cohort_by:String} = 'join' AND joined_at <= {as_of:DateTime64(3, 'UTC')}
    )
SELECT
    person_id,
    arrayMin(active_in) AS cohort_number,
    arrayMap(n -> n - cohort_number, active_in) AS active_after
FROM activity
WHERE {cohort_by:String} = 'attendance'
UNION ALL
SELECT
    joiners.person_id AS person_id,
    joined_in AS cohort_number,
    arrayMap(n -> n - cohort_number, activity.active_in) AS active_after
FROM joiners
LEFT JOIN activity ON activity.person_id = joiners.person_id
