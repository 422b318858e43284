/*
name: satisfaction
title: Satisfaction
question: Would those who came recommend it?
section: Gatherings
definition: >
  Net promoter score of gatherings: the percentage of promoters (9 or 10) less that of detractors (0 to 6) among the responses that give a score, from -100 to 100; beside it the mean of the ratings from 1 to 5.
  Both are empty below five answers. Responses belong to the period in which the gathering began, and stand beside the attendances where these were recorded: the response rate is the responses on gatherings with recorded attendance by attended.
  Anonymous responses count unless a filter on persons other than staff is set. Cancelled gatherings do not count.
with: [calendar, chosen, attended, resolve, persons, strangers]
grains: [gathering, month, quarter, year]
dimensions:
  period: {type: string, description: "The gathering id, month 2024-05, quarter 2024-Q2 or year 2024."}
measures:
  title: {value: title, description: "What the gathering is called; empty for longer periods."}
  starts_at: {value: starts_at, type: datetime, title: Start, description: "When the gathering began; empty for longer periods."}
  responses: {rows: true, where: is_response, unit: responses, description: "Responses that give a score."}
  promoters: {rows: true, where: is_promoter, unit: responses, description: "Scores of 9 and 10."}
  passives: {rows: true, where: is_passive, unit: responses, description: "Scores of 7 and 8."}
  detractors: {rows: true, where: is_detractor, unit: responses, description: "Scores of 0 to 6."}
  nps: {expr: "if(countIf(is_response) < 5, NULL, 100 * (countIf(is_promoter) - countIf(is_detractor)) / countIf(is_response))", type: number, persons: [promoters, passives, detractors], unit: points, title: NPS, null_text: fewer than 5 responses, description: "Percentage of promoters less percentage of detractors."}
  rating: {expr: "if(count(rating) < 5, NULL, avg(rating))", type: number, persons: ratings, unit: points, null_text: fewer than 5 ratings, description: "Mean of the ratings from 1 to 5."}
  ratings: {rows: true, where: is_rating, unit: responses, description: "Responses that give a rating."}
  recorded_responses: {rows: true, where: is_response, null_when: is_not_recorded, null_text: not recorded, unit: responses, title: Responses where recorded, description: "Of the responses, those on gatherings whose attendance was recorded."}
  attended: {rows: true, where: is_attendance, null_when: is_not_recorded, null_text: not recorded, unit: attendances, description: "Attendances of the period's gatherings, where they were recorded."}
  response_rate: {ratio: [recorded_responses, attended], null_text: not recorded, unit: share, title: Response rate, description: "Responses on gatherings with recorded attendance, by attended."}
  unfinished: {value: unfinished, type: boolean, description: "True until the gathering or period is over."}
parts:
  - {total: responses, of: [promoters, passives, detractors]}
order: [min(period_number), max(gathering_start), period]
chart: {kind: line, x: period, y: [nps]}
*/
WITH
    feedback AS (
        SELECT
            response_id, gathering_id, resolve(submitted.person_id) AS person_id, nps, rating,
            toDateTime64(toDate32(business_time, {timezone:String}), 3, 'UTC') + toIntervalDay(1) AS day_end
        FROM feedback_submitted AS submitted
        WHERE tenant = {tenant:String} AND business_time <= {as_of:DateTime64(3, 'UTC')}
    ),
    said AS (
        SELECT gathering_id, response_id, feedback.person_id AS person_id, nps, rating, 'feedback' AS what
        FROM feedback
        LEFT ASOF JOIN persons ON persons.person_id = feedback.person_id AND persons.valid_from < feedback.day_end
        WHERE if(persons.person_id != '', persons.wanted, (SELECT wanted FROM strangers))
        UNION ALL
        SELECT gathering_id, '', person_id, NULL, NULL, 'attendance'
        FROM attended
    ),
    -- Every gathering that has begun, with what was said of it, or one row with nothing. Those that nobody
    -- recorded keep a longer period's attendance from looking like none.
    found AS (
        SELECT
            chosen.gathering_id AS gathering_id, title, chosen.starts_at AS gathering_start, ends_at, recorded, period_number,
            gathering_start >= {from:DateTime64(3, 'UTC')} AND gathering_start < {to:DateTime64(3, 'UTC')} AS in_range,
            recorded OR what = 'feedback' AS is_something,
            response_id, person_id, nps, rating, what
        FROM chosen
        LEFT JOIN said ON said.gathering_id = chosen.gathering_id
        WHERE chosen.starts_at <= {as_of:DateTime64(3, 'UTC')}
    )
SELECT
    if({grain:String} = 'gathering', found.gathering_id, calendar.period) AS period,
    -- What lies outside of the range keeps its period in the list, and counts for nothing.
    if(found.in_range, nullIf(found.gathering_id, ''), NULL) AS gathering_id,
    if({grain:String} = 'gathering', nullIf(found.title, ''), NULL) AS title,
    found.gathering_start AS gathering_start,
    if({grain:String} = 'gathering', gathering_start, NULL) AS starts_at,
    if(found.in_range, nullIf(found.response_id, ''), NULL) AS response_id,
    if(found.in_range, nullIf(found.person_id, ''), NULL) AS person_id,
    if(found.in_range, found.nps, NULL) AS nps,
    if(found.in_range, found.rating, NULL) AS rating,
    nps IS NOT NULL AS is_response,
    ifNull(nps >= 9, false) AS is_promoter,
    ifNull(nps BETWEEN 7 AND 8, false) AS is_passive,
    ifNull(nps <= 6, false) AS is_detractor,
    rating IS NOT NULL AS is_rating,
    found.in_range AND found.what = 'attendance' AS is_attendance,
    found.in_range AND NOT found.recorded AS is_not_recorded,
    if({grain:String} = 'gathering', found.ends_at > {as_of:DateTime64(3, 'UTC')}, calendar.unfinished) AS unfinished,
    calendar.period_number AS period_number
FROM calendar
-- The numbers of gatherings are none of the calendar's.
FULL JOIN found ON found.period_number = calendar.period_number
QUALIFY if({grain:String} = 'gathering',
    found.in_range AND found.is_something,
    calendar.shown
        AND calendar.period_number >= minOrNullIf(calendar.period_number, found.is_something) OVER ()
        AND calendar.period_number <= maxOrNullIf(calendar.period_number, found.is_something) OVER ())
