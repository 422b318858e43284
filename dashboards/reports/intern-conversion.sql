/*
name: intern-conversion
title: Intern conversion
question: How many interns are offered a job, and how many take it?
section: Careers
definition: >
  NACE internship rates, by the period in which the placement was completed. Eligible are persons who completed a placement and could have been hired afterwards, as the employer said on completion;
  offers are those of them to whom a job was ever offered for that placement (offered, accepted, declined or hired), accepted those who accepted it or were hired.
  Offer rate = offers by eligible, acceptance rate = accepted by offers, conversion rate = accepted by eligible. Filters on persons are about the day of completion.
with: [calendar, placements, persons, strangers]
grains: [year, quarter, month]
dimensions:
  period: {type: string, description: "The month 2024-05, quarter 2024-Q2 or year 2024 of completion."}
measures:
  completed: {count: person_id, unit: persons, description: "Distinct persons who completed a placement."}
  eligible: {count: person_id, where: is_eligible, unit: persons, description: "Of these, persons who could be hired afterwards."}
  offers: {count: person_id, where: has_offer, unit: persons, description: "Of the eligible, persons to whom a job was offered."}
  accepted: {count: person_id, where: has_accepted, unit: persons, description: "Of the eligible, persons who accepted or were hired."}
  offer_rate: {ratio: [offers, eligible], unit: share, title: Offer rate, null_text: nobody eligible, description: "Offers by eligible."}
  acceptance_rate: {ratio: [accepted, offers], unit: share, title: Acceptance rate, null_text: no offers, description: "Accepted by offers."}
  conversion_rate: {ratio: [accepted, eligible], unit: share, title: Conversion rate, null_text: nobody eligible, description: "Accepted by eligible."}
  unfinished: {value: unfinished, type: boolean, description: "True while the period is not over."}
order: [period]
chart: {kind: line, x: period, y: [offer_rate, acceptance_rate, conversion_rate]}
*/
WITH
    multiIf({grain:String} = 'year', 12, {grain:String} = 'quarter', 3, 1) AS months,
    jobs AS (
        SELECT placement_id, groupUniqArray(toString(step)) AS steps
        FROM employment_reported
        WHERE tenant = {tenant:String} AND placement_id != '' AND business_time <= {as_of:DateTime64(3, 'UTC')}
        GROUP BY placement_id
    ),
    ended AS (
        SELECT
            placement_id, person_id, opportunity_id, eligible, assumeNotNull(completed_at) AS done_at,
            toDate32(done_at, {timezone:String}) AS completed_on,
            toDateTime64(completed_on, 3, 'UTC') + toIntervalDay(1) AS day_end,
            intDiv(toYear(completed_on) * 12 + toMonth(completed_on) - 1, months) AS completed_in,
            done_at >= {from:DateTime64(3, 'UTC')} AND done_at < {to:DateTime64(3, 'UTC')} AS in_range
        FROM placements
        WHERE completed_at IS NOT NULL
    ),
    found AS (
        -- What lies outside of the range keeps its period in the list, and counts for nothing.
        SELECT
            completed_in, true AS is_something, if(in_range, ended.placement_id, '') AS placement_id, if(in_range, ended.person_id, '') AS person_id,
            if(in_range, opportunity_id, '') AS opportunity_id, in_range AND eligible AS eligible, done_at, jobs.steps AS steps
        FROM ended
        LEFT JOIN jobs ON jobs.placement_id = ended.placement_id
        LEFT ASOF JOIN persons ON persons.person_id = ended.person_id AND persons.valid_from < ended.day_end
        WHERE if(persons.person_id != '', persons.wanted, (SELECT wanted FROM strangers))
    )
SELECT
    period,
    nullIf(found.person_id, '') AS person_id,
    nullIf(found.placement_id, '') AS placement_id,
    nullIf(found.opportunity_id, '') AS opportunity_id,
    if(found.placement_id = '', NULL, found.done_at) AS completed_at,
    found.placement_id != '' AND found.eligible AS is_eligible,
    is_eligible AND hasAny(steps, ['job_offered', 'job_accepted', 'job_declined', 'hired']) AS has_offer,
    is_eligible AND hasAny(steps, ['job_accepted', 'hired']) AS has_accepted,
    unfinished
FROM calendar
LEFT JOIN found ON found.completed_in = calendar.period_number
QUALIFY shown
    AND calendar.period_number >= minOrNullIf(calendar.period_number, is_something) OVER ()
    AND calendar.period_number <= maxOrNullIf(calendar.period_number, is_something) OVER ()
