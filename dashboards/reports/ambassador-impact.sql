/*
name: ambassador-impact
title: Ambassador impact
question: What has each ambassador brought about?
section: Careers
personal: true
definition: >
  Openings and positions that a person brought in as the ambassador of the opening, by the day on which it opened; placements that started in openings of that person, by the day of their start; hours of
  volunteering and the students reached by it, by the day. Listed is everyone with any of these in the range. Filters are about the ambassador on the day of the act.
with: [resolve, openings, placements, persons, strangers]
dimensions:
  person_id: {type: string, title: Person, description: "The ambassador's id."}
measures:
  openings: {count: opportunity_id, where: is_opening, unit: openings, description: "Openings that the person brought in."}
  positions: {sum: positions, type: integer, unit: positions, description: "Positions in them."}
  placements_started: {count: placement_id, unit: placements, title: Placements, description: "Placements that started in openings of the person."}
  hours: {sum: hours, unit: hours, description: "Hours of volunteering."}
  students_reached: {sum: students_reached, null_when: is_untold, null_text: not recorded, type: integer, unit: students, title: Students reached, description: "Students reached by it, as far as it is known; empty when there are logs and none of them says it."}
order: ["-uniqExact(placement_id)", "-ifNull(sum(hours), 0)", person_id]
chart: {kind: bar, x: person_id, y: [placements_started]}
*/
WITH
    acts AS (
        SELECT
            ambassador_id AS who, 'opening' AS what, opportunity_id, '' AS placement_id, '' AS log_id, opens AS on_day, positions,
            NULL AS hours, NULL AS students_reached
        FROM openings
        WHERE ambassador_id != '' AND has_opened
        UNION ALL
        SELECT openings.ambassador_id, 'placement', placements.opportunity_id, placement_id, '', toDate32(started_at, {timezone:String}), NULL, NULL, NULL
        FROM placements
        INNER JOIN openings ON openings.opportunity_id = placements.opportunity_id
        WHERE openings.ambassador_id != '' AND placements.person_id != ' withdrawn'
        UNION ALL
        SELECT
            resolve(logged.person_id), 'log', '', '', log_id, toDate32(business_time), NULL,
            logged.hours, logged.students_reached
        FROM volunteering_logged AS logged
        WHERE tenant = {tenant:String} AND toDate32(business_time) <= toDate32({as_of:DateTime64(3, 'UTC')}, {timezone:String})
    ),
    in_range AS (
        SELECT *, toDateTime64(on_day, 3, 'UTC') + toIntervalDay(1) AS day_end
        FROM acts
        WHERE on_day >= toDate32({from:DateTime64(3, 'UTC')}, {timezone:String})
            AND on_day <= toDate32({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {timezone:String})
    )
SELECT
    in_range.who AS person_id,
    what AS act,
    on_day,
    nullIf(in_range.opportunity_id, '') AS opportunity_id,
    nullIf(in_range.placement_id, '') AS placement_id,
    nullIf(in_range.log_id, '') AS log_id,
    what = 'opening' AS is_opening,
    positions,
    hours,
    students_reached,
    countIf(what = 'log') OVER person > 0 AND count(students_reached) OVER person = 0 AS is_untold
FROM in_range
LEFT ASOF JOIN persons ON persons.person_id = in_range.who AND persons.valid_from < in_range.day_end
WHERE if(persons.person_id != '', persons.wanted, (SELECT wanted FROM strangers))
WINDOW person AS (PARTITION BY in_range.who)
