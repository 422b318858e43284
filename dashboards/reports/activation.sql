/*
name: activation
title: Activation
question: How soon do those who join come to something?
section: People
definition: >
  Joined are persons by the day on which they joined first; activated are those who have attended any gathering until now. Due are those who joined 90 days ago or more, active within 90 those of the due who first attended within
  90 days after joining; who attended before joining is active on day 0. Median days is the time in which half of the joined are active, by Kaplan and Meier: those not yet activated count for as long as they have been members, they are not dropped;
  it is empty while more than half are estimated to be inactive. Every period between the first and the last joining is listed; one that is not over is marked unfinished.
with: [joined, present, strangers, calendar]
grains: [month, quarter, year]
dimensions:
  period: {type: string, description: "The month 2024-05, quarter 2024-Q2 or year 2024 of joining."}
measures:
  joined: {count: person_id, unit: persons, description: "Distinct persons who joined first in the period."}
  activated: {count: person_id, where: is_activated, unit: persons, description: "Of these, persons who have attended a gathering."}
  due: {count: person_id, where: is_due, unit: persons, description: "Persons who joined 90 days ago or more."}
  active_within_90: {count: person_id, where: is_active_within_90, unit: persons, title: Active within 90 days, description: "Of the due, persons who first attended within 90 days after joining, or before."}
  activation_rate: {ratio: [active_within_90, due], unit: share, title: Activation rate, description: "Active within 90 days by due."}
  median_days: {expr: "minOrNullIf(days, still_inactive <= 0.5 + 1e-9)", type: integer, unit: days, persons: joined, null_text: fewer than half so far, title: Median days, description: "Days from joining until half of the joined are active (Kaplan-Meier); empty while the estimate of the inactive stays above a half."}
  period_start: {value: period_start, type: date, title: Begins, description: "The first day of the period."}
  unfinished: {value: unfinished, type: boolean, description: "True while the period is not over."}
order: [period]
chart: {kind: line, x: period, y: [activation_rate]}
*/
WITH
    multiIf({grain:String} = 'year', 12, {grain:String} = 'quarter', 3, 1) AS months,
    toDate32({as_of:DateTime64(3, 'UTC')}, {timezone:String}) AS today,
    joiners AS (
        SELECT
            joined.person_id AS person_id,
            joined.joined_at AS joined_at,
            toDate32(joined_at, {timezone:String}) AS joined_on,
            toInt64(intDiv(toYear(joined_on) * 12 + toMonth(joined_on) - 1, months)) AS period_number,
            joined_at >= {from:DateTime64(3, 'UTC')} AND joined_at < {to:DateTime64(3, 'UTC')} AS inside,
            -- No day of the community is before 1900.
            if(firsts.person_id = '', NULL, toNullable(firsts.first_day)) AS first_attended,
            dateDiff('day', joined_on, today) AS member_days,
            if(first_attended IS NULL, member_days, greatest(dateDiff('day', joined_on, first_attended), 0)) AS days
        FROM joined
        LEFT JOIN (SELECT person_id, local_date AS first_day FROM present WHERE is_first_time) AS firsts ON firsts.person_id = joined.person_id
        LEFT ASOF JOIN persons ON persons.person_id = joined.person_id
            AND persons.valid_from < toDateTime64(toDate32(joined.joined_at, {timezone:String}), 3, 'UTC') + toIntervalDay(1)
        WHERE joined.joined_at <= {as_of:DateTime64(3, 'UTC')} AND if(persons.person_id != '', persons.wanted, (SELECT wanted FROM strangers))
    ),
    -- Of those of a period who are known to be inactive until the day, the part that becomes active on it; once a day.
    steps AS (
        SELECT
            *,
            count() OVER (PARTITION BY period_number, inside ORDER BY days DESC RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS at_risk,
            countIf(first_attended IS NOT NULL) OVER (PARTITION BY period_number, inside, days) AS became_active,
            if(row_number() OVER (PARTITION BY period_number, inside, days ORDER BY person_id) = 1, log(1 - became_active / at_risk), 0) AS step
        FROM joiners
    ),
    lives AS (
        SELECT *, exp(sum(step) OVER (PARTITION BY period_number, inside ORDER BY days RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)) AS still_inactive
        FROM steps
    )
SELECT
    period,
    if(inside, person_id, NULL) AS person_id,
    if(inside, joined_on, NULL) AS joined_on,
    if(inside, first_attended, NULL) AS first_attended,
    if(inside, toNullable(days), NULL) AS days,
    if(inside, toNullable(lives.still_inactive), NULL) AS still_inactive,
    inside AND lives.first_attended IS NOT NULL AS is_activated,
    inside AND member_days >= 90 AS is_due,
    is_due AND is_activated AND lives.days <= 90 AS is_active_within_90,
    period_start,
    unfinished
FROM lives
RIGHT JOIN calendar ON calendar.period_number = lives.period_number
QUALIFY shown
    AND calendar.period_number >= minOrNullIf(calendar.period_number, lives.period_number != 0) OVER ()
    AND calendar.period_number <= maxOrNullIf(calendar.period_number, lives.period_number != 0) OVER ()
