/*
name: cohorts
with: [attended, persons, joined]
parameters:
  cohort_by: {type: enum, title: Cohort by, values: [attendance, join], default: attendance, description: "Whether a person's cohort is the period of the first attendance or that of joining."}
*/
-- Each person's cohort and the periods in which the person was active, counted from it. Attendances and joinings
-- stand in one list, which is grouped by person: to plan what was attended twice takes longer than to read it.
WITH
    found AS (
        SELECT person_id, toNullable(period_number) AS active, NULL AS joined_in
        FROM attended
        UNION ALL
        SELECT
            joined.person_id AS person_id,
            NULL AS active,
            toNullable(multiIf(
                {grain:String} = 'year', toInt64(toYear(joined_on)),
                {grain:String} = 'quarter', toInt64(toYear(joined_on)) * 4 + toQuarter(joined_on) - 1,
                toInt64(toYear(joined_on)) * 12 + toMonth(joined_on) - 1
            )) AS joined_in
        FROM (SELECT *, toDate32(joined_at, {timezone:String}) AS joined_on FROM joined) AS joined
        LEFT ASOF JOIN persons ON persons.person_id = joined.person_id
            AND persons.valid_from < toDateTime64(joined_on, 3, 'UTC') + toIntervalDay(1)
        WHERE wanted AND {cohort_by:String} = 'join' AND joined_at <= {as_of:DateTime64(3, 'UTC')}
    ),
    if({cohort_by:String} = 'join', max(joined_in), min(active)) AS number
SELECT
    person_id,
    assumeNotNull(number) AS cohort_number,
    arrayMap(n -> n - cohort_number, groupUniqArray(active)) AS active_after
FROM found
GROUP BY person_id
HAVING isNotNull(number)
