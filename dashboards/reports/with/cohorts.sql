/*
name: cohorts
with: [attended, persons]
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
    joined AS (
        SELECT
            members.person_id AS person_id,
            toDate32(joined_at, {timezone:String}) AS joined_on,
            multiIf(
                {grain:String} = 'year', toInt64(toYear(joined_on)),
                {grain:String} = 'quarter', toInt64(toYear(joined_on)) * 4 + toQuarter(joined_on) - 1,
                toInt64(toYear(joined_on)) * 12 + toMonth(joined_on) - 1
            ) AS joined_in
        FROM (SELECT person_id, joined_at FROM members WHERE tenant = {tenant:String} AND joined_at IS NOT NULL) AS members
        LEFT ASOF JOIN persons ON persons.person_id = members.person_id AND persons.valid_from <= joined_at
        WHERE wanted AND {cohort_by:String} = 'join'
    )
SELECT
    person_id,
    arrayMin(active_in) AS cohort_number,
    arrayMap(n -> n - cohort_number, active_in) AS active_after
FROM activity
WHERE {cohort_by:String} = 'attendance'
UNION ALL
SELECT
    joined.person_id AS person_id,
    joined_in AS cohort_number,
    arrayMap(n -> n - cohort_number, activity.active_in) AS active_after
FROM joined
LEFT JOIN activity ON activity.person_id = joined.person_id
