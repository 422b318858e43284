/*
name: position-fill
title: Position fill and time to fill
question: How many of the offered positions are filled, and how long does it take?
section: Careers
definition: >
  Openings by the period in which they opened. Starts are the placements of these openings that ever started, whenever that was; the fill rate is starts by positions. The time to fill is the median
  of the local days from opening to an applicant's first acceptance of an offer, over the accepted applications; it is negative where somebody accepted before the opening was published.
  Filters on persons are about the applicants and placed persons, as they were on the day of the acceptance or start; openings and positions are not narrowed by them.
with: [calendar, openings, placements, persons, strangers]
grains: [quarter, month, year]
dimensions:
  period: {type: string, description: "The month 2024-05, quarter 2024-Q2 or year 2024 in which the openings opened."}
measures:
  openings: {count: opportunity_id, where: is_opening, unit: openings, description: "Openings published."}
  positions: {sum: positions, where: is_opening, type: integer, persons: none, unit: positions, description: "Positions in them."}
  starts: {count: placement_id, unit: placements, description: "Placements of these openings that ever started."}
  fill_rate: {ratio: [starts, positions], unit: share, title: Fill rate, description: "Starts by positions."}
  accepted: {count: application_id, unit: applications, description: "Applications for these openings whose offer was ever accepted."}
  median_days: {expr: quantileExactInclusive(0.5)(days_to_accept), persons: accepted, unit: days, title: Median days, null_text: nobody accepted, description: "Median of the days from opening to acceptance; of an even number the mean of the two in the middle."}
  unfinished: {value: unfinished, type: boolean, description: "True while the period is not over."}
order: [period]
chart: {kind: bar, x: period, y: [positions, starts]}
*/
WITH
    multiIf({grain:String} = 'year', 12, {grain:String} = 'quarter', 3, 1) AS months,
    opened AS (
        SELECT
            opportunity_id, positions, opens, intDiv(toYear(opens) * 12 + toMonth(opens) - 1, months) AS opened_in,
            opens >= toDate32({from:DateTime64(3, 'UTC')}, {timezone:String})
                AND opens <= toDate32({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {timezone:String}) AS in_range
        FROM openings
        WHERE has_opened
    ),
    acts AS (
        SELECT opportunity_id, '' AS application_id, placement_id, person_id, toDate32(started_at, {timezone:String}) AS on_day
        FROM placements
        UNION ALL
        SELECT
            submitted.opportunity_id, submitted.application_id, '', resolve(submitted.student_id),
            toDate32(accepted.business_time, {timezone:String})
        FROM application_submitted AS submitted
        INNER JOIN (
            SELECT application_id, business_time
            FROM application_status_changed
            WHERE tenant = {tenant:String} AND status = 'offer_accepted' AND business_time <= {as_of:DateTime64(3, 'UTC')}
        ) AS accepted ON accepted.application_id = submitted.application_id
        WHERE tenant = {tenant:String}
    ),
    wanted_acts AS (
        SELECT acts.opportunity_id AS opportunity_id, application_id, placement_id, acts.person_id AS person_id, on_day
        FROM (SELECT *, toDateTime64(on_day, 3, 'UTC') + toIntervalDay(1) AS day_end FROM acts) AS acts
        LEFT ASOF JOIN persons ON persons.person_id = acts.person_id AND persons.valid_from < acts.day_end
        WHERE if(persons.person_id != '', persons.wanted, (SELECT wanted FROM strangers))
    ),
    found AS (
        -- What lies outside of the range keeps its period in the list, and counts for nothing.
        SELECT
            opened_in, true AS is_something, in_range AS is_opening, if(in_range, opportunity_id, '') AS opportunity_id, positions,
            '' AS application_id, '' AS placement_id, '' AS person_id, opens, NULL AS on_day
        FROM opened
        UNION ALL
        SELECT opened_in, true, false, opened.opportunity_id, 0, application_id, placement_id, person_id, opens, on_day
        FROM wanted_acts
        INNER JOIN opened ON opened.opportunity_id = wanted_acts.opportunity_id
        WHERE in_range
    )
SELECT
    period,
    nullIf(found.opportunity_id, '') AS opportunity_id,
    nullIf(found.application_id, '') AS application_id,
    nullIf(found.placement_id, '') AS placement_id,
    nullIf(found.person_id, '') AS person_id,
    if(found.opportunity_id = '', NULL, found.opens) AS opens,
    on_day,
    if(found.application_id = '', NULL, dateDiff('day', found.opens, found.on_day)) AS days_to_accept,
    is_opening,
    if(is_opening, found.positions, NULL) AS positions,
    unfinished
FROM calendar
LEFT JOIN found ON found.opened_in = calendar.period_number
QUALIFY shown
    AND calendar.period_number >= minOrNullIf(calendar.period_number, is_something) OVER ()
    AND calendar.period_number <= maxOrNullIf(calendar.period_number, is_something) OVER ()
