/*
name: career-funnel
title: Career funnel
question: How far do applications for internships and jobs get, and where do they end?
section: Careers
definition: >
  From positions to persons hired. A case is an application, or a placement without one; who reached a stage reached those before it. Offered means the offer made to an applicant, whatever
  came of it; started and completed are steps of the case's placement, hired that an employer reported so for that placement. Exits are cases whose furthest stage is this one and that ended:
  rejected, withdrawn, declined, rescinded or terminated. From and to are about the day on which the opening opened; where that is not known, the day of the case's first step.
  Filters on persons are about applicants, as they were on the day of the case's first step; positions are not narrowed by them.
with: [openings, placements, persons, strangers]
dimensions:
  stage: {type: string, description: "positions, applications, interviewed, offered, accepted, started, completed, hired."}
measures:
  reached: {sum: amount, where: is_reached, type: integer, persons: persons, unit: cases, description: "Cases that reached the stage; for positions: how many were offered."}
  persons: {count: person_id, where: is_reached, null_when: is_position, null_text: positions are not persons, unit: persons, description: "Distinct applicants who reached the stage."}
  exits: {count: case_id, where: is_exit, null_when: is_position, null_text: positions do not end, unit: cases, description: "Cases that got no further than this and ended."}
  declined: {count: case_id, where: is_declined, null_when: is_not_offer, null_text: only offers are declined, unit: cases, description: "Of the exits at the offer: the applicant declined."}
  rescinded: {count: case_id, where: is_rescinded, null_when: is_not_offer, null_text: only offers are rescinded, unit: cases, description: "Of the exits at the offer: the employer took it back."}
  previous: {count: case_id, where: is_previous, null_when: has_no_previous, null_text: the first stage, unit: cases, title: Stage before, description: "Cases that reached the stage before; empty for positions and applications."}
  conversion: {ratio: [reached, previous], null_text: the first stage, unit: share, description: "Cases that reached the stage by those that reached the stage before."}
order: [min(stage_number)]
parts:
  - {total: reached, of: [previous], next: true, over: [stage]}
chart: {kind: bar, x: stage, y: [reached, exits]}
*/
WITH
    ['positions', 'applications', 'interviewed', 'offered', 'accepted', 'started', 'completed', 'hired'] AS stages,
    hired AS (
        SELECT placement_id
        FROM employment_reported
        WHERE tenant = {tenant:String} AND step = 'hired' AND placement_id != '' AND business_time <= {as_of:DateTime64(3, 'UTC')}
    ),
    steps AS (
        SELECT
            application_id, '' AS placement_id, student_id, opportunity_id, business_time AS at, ['submitted'] AS statuses, 2 AS says
        FROM application_submitted
        WHERE tenant = {tenant:String} AND business_time <= {as_of:DateTime64(3, 'UTC')}
        UNION ALL
        SELECT application_id, '', '', '', business_time, [toString(status)], 0
        FROM application_status_changed
        WHERE tenant = {tenant:String} AND business_time <= {as_of:DateTime64(3, 'UTC')}
        UNION ALL
        SELECT
            application_id, if(application_id = '', placement_id, ''), person_id, opportunity_id, started_at,
            if(placement_id IN (SELECT placement_id FROM hired), arrayPushBack(statuses, 'hired'), statuses), 1
        FROM placements
    ),
    cases AS (
        SELECT
            if(s.application_id = '', s.placement_id, s.application_id) AS case_id,
            s.application_id AS application_id,
            argMaxIf(s.student_id, s.says, s.student_id != '') AS student_id,
            argMaxIf(s.opportunity_id, s.says, s.opportunity_id != '') AS opportunity_id,
            min(s.at) AS first_at,
            groupUniqArrayArray(s.statuses) AS statuses,
            -- The place of the furthest stage among the stages.
            multiIf(
                has(statuses, 'hired'), 8,
                has(statuses, 'completed'), 7,
                hasAny(statuses, ['started', 'terminated']), 6,
                has(statuses, 'offer_accepted'), 5,
                hasAny(statuses, ['offered', 'offer_declined', 'offer_rescinded']), 4,
                has(statuses, 'interviewed'), 3,
                2
            ) AS furthest,
            hasAny(statuses, ['rejected', 'withdrawn', 'offer_declined', 'offer_rescinded', 'terminated']) AS has_ended
        FROM steps AS s
        GROUP BY s.application_id, s.placement_id
    ),
    known AS (
        SELECT
            resolve(student_id) AS person_id,
            toDate32(first_at, {timezone:String}) AS first_on,
            toDateTime64(first_on, 3, 'UTC') + toIntervalDay(1) AS day_end,
            case_id, application_id, opportunity_id, first_at, statuses, furthest, has_ended
        FROM cases
    ),
    chosen_cases AS (
        SELECT
            known.person_id AS person_id, case_id, application_id, known.opportunity_id AS opportunity_id, first_at, statuses, furthest, has_ended,
            openings.opportunity_id != '' AS is_known_opening,
            if(is_known_opening, openings.opens, first_on) AS opened_on
        FROM known
        LEFT JOIN openings ON openings.opportunity_id = known.opportunity_id
        LEFT ASOF JOIN persons ON persons.person_id = known.person_id AND persons.valid_from < known.day_end
        WHERE if(persons.person_id != '', persons.wanted, (SELECT wanted FROM strangers))
            AND (is_known_opening OR empty({opening:Array(String)}))
    ),
    found AS (
        SELECT
            arrayJoin(range(2, least(furthest + 1, 8) + 1)) AS stage_number, case_id, application_id, person_id, opportunity_id, opened_on, first_at,
            arrayStringConcat(arraySort(statuses), ', ') AS steps_taken, furthest, has_ended, statuses, 1 AS amount
        FROM chosen_cases
        UNION ALL
        SELECT 1, '', '', '', opportunity_id, opens, NULL, '', 1, false, [], positions
        FROM openings
        WHERE has_opened
    )
SELECT
    stages[listed.stage_number] AS stage,
    nullIf(found.case_id, '') AS case_id,
    nullIf(found.application_id, '') AS application_id,
    nullIf(found.person_id, '') AS person_id,
    nullIf(found.opportunity_id, '') AS opportunity_id,
    if(found.stage_number = 0, NULL, found.opened_on) AS opened_on,
    first_at,
    nullIf(steps_taken, '') AS steps_taken,
    if(found.stage_number = 0, NULL, found.amount) AS amount,
    found.stage_number != 0 AND found.furthest >= listed.stage_number AS is_reached,
    is_reached AND has_ended AND furthest = listed.stage_number AS is_exit,
    is_exit AND furthest = 4 AND has(statuses, 'offer_declined') AS is_declined,
    is_exit AND furthest = 4 AND has(statuses, 'offer_rescinded') AS is_rescinded,
    found.stage_number > 2 AS is_previous,
    listed.stage_number = 1 AS is_position,
    listed.stage_number != 4 AS is_not_offer,
    listed.stage_number < 3 AS has_no_previous,
    listed.stage_number AS stage_number
FROM (SELECT arrayJoin(range(1, 9)) AS stage_number) AS listed
LEFT JOIN (
    SELECT * FROM found
    WHERE opened_on >= toDate32({from:DateTime64(3, 'UTC')}, {timezone:String})
        AND opened_on <= toDate32({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {timezone:String})
) AS found ON found.stage_number = listed.stage_number
