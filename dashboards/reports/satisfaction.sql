/*
name: satisfaction
title: Satisfaction
question: Would those who came recommend it?
section: Gatherings
definition: >
  Net promoter score of gatherings: the percentage of promoters (9 or 10) less that of detractors (0 to 6) among the responses that give a score, from -100 to 100; beside it the mean of the ratings from 1 to 5.
  Both are empty below five answers. Responses belong to the period in which the gathering began, and stand beside the attendances where these were recorded: the response rate is responses by attended.
  Anonymous responses count unless a filter on persons other than staff is set. Cancelled gatherings do not count.
with: [calendar, chosen, attended, aliases, persons, strangers]
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
  attended: {rows: true, where: is_attendance, null_when: is_not_recorded, null_text: not recorded, unit: attendances, description: "Attendances of the period's gatherings, where they were recorded."}
  response_rate: {ratio: [responses, attended], null_text: not recorded, unit: share, title: Response rate, description: "Responses by attended."}
  unfinished: {value: unfinished, type: boolean, description: "True until the gathering or period is over."}
parts:
  - {total: responses, of: [promoters, passives, detractors]}
order: [min(period_number), max(gathering_start), period]
chart: {kind: line, x: period, y: [nps]}
*/
WITH
    begun AS (
        SELECT gathering_id, title, starts_at, ends_at, day_end, recorded, period_number, period_label
        FROM chosen
        WHERE starts_at <= {as_of:DateTime64(3, 'UTC')}
    ),
    feedback AS (
        SELECT
            response_id, gathering_id, if(aliases.resolved = '', submitted.person_id, aliases.resolved) AS person_id, nps, rating,
            toDateTime64(toDate32(business_time, {timezone:String}), 3, 'UTC') + toIntervalDay(1) AS day_end
        FROM feedback_submitted AS submitted
        LEFT JOIN aliases ON aliases.person = submitted.person_id
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
        UNION ALL
        -- Those that nobody recorded keep a longer period's attendance from looking like none.
        SELECT gathering_id, '', '', NULL, NULL, 'gathering'
        FROM begun
        WHERE recorded OR {grain:String} != 'gathering'
    ),
    found AS (
        SELECT
            begun.gathering_id AS gathering_id, title, begun.starts_at AS starts_at, ends_at, recorded, period_number, period_label,
            response_id, person_id, nps, rating, what
        FROM said
        INNER JOIN begun ON begun.gathering_id = said.gathering_id
    ),
    by_period AS (
        SELECT
            calendar.period_number AS number, period, unfinished, found.gathering_id AS gathering_id, found.starts_at AS gathering_start,
            recorded, response_id, person_id, nps, rating, what
        FROM calendar
        LEFT JOIN found ON found.period_number = calendar.period_number
        WHERE {grain:String} != 'gathering'
        QUALIFY shown
            AND number >= minOrNullIf(number, recorded OR what = 'feedback') OVER ()
            AND number <= maxOrNullIf(number, recorded OR what = 'feedback') OVER ()
    ),
    listed AS (
        SELECT number, period, '' AS title, unfinished, gathering_id, gathering_start, recorded, response_id, person_id, nps, rating, what
        FROM by_period
        WHERE gathering_id = '' OR (gathering_start >= {from:DateTime64(3, 'UTC')} AND gathering_start < {to:DateTime64(3, 'UTC')})
        UNION ALL
        SELECT
            0, gathering_id, title, ends_at > {as_of:DateTime64(3, 'UTC')}, gathering_id, starts_at, recorded, response_id, person_id, nps, rating, what
        FROM found
        WHERE {grain:String} = 'gathering' AND starts_at >= {from:DateTime64(3, 'UTC')} AND starts_at < {to:DateTime64(3, 'UTC')}
    )
SELECT
    listed.period AS period,
    nullIf(listed.gathering_id, '') AS gathering_id,
    nullIf(listed.title, '') AS title,
    listed.gathering_start AS gathering_start,
    if({grain:String} = 'gathering', gathering_start, NULL) AS starts_at,
    nullIf(listed.response_id, '') AS response_id,
    nullIf(listed.person_id, '') AS person_id,
    listed.nps AS nps,
    listed.rating AS rating,
    nps IS NOT NULL AS is_response,
    ifNull(nps >= 9, false) AS is_promoter,
    ifNull(nps BETWEEN 7 AND 8, false) AS is_passive,
    ifNull(nps <= 6, false) AS is_detractor,
    rating IS NOT NULL AS is_rating,
    listed.what = 'attendance' AS is_attendance,
    listed.gathering_id != '' AND NOT listed.recorded AS is_not_recorded,
    listed.unfinished AS unfinished,
    listed.number AS period_number
FROM listed
