/*
name: career-outcomes
title: Career outcomes
question: What do the graduates of a class do now, and of how many do we know?
section: Careers
definition: >
  NACE career outcomes by class. Graduates are the alumni of the class; known are those of whom an outcome was ever reported, and the latest one counts. The knowledge rate is known by graduates.
  The outcome rate is those employed (full time, part time or self-employed), in service, in the military or in continuing education, by the known who are not out of the market (not seeking).
  Class and other attributes of persons are taken as now; from and to are about the year of graduation.
with: [resolve, persons]
dimensions:
  class: {type: integer, calendar: true, description: "The year of graduation."}
measures:
  graduates: {count: person_id, unit: persons, description: "Alumni of the class."}
  known: {count: person_id, where: is_known, unit: persons, description: "Of these, persons whose outcome is known."}
  employed: {count: person_id, where: is_employed, unit: persons, description: "Full time, part time or self-employed."}
  service: {count: person_id, where: is_in_service, unit: persons, description: "In voluntary service."}
  military: {count: person_id, where: is_in_military, unit: persons, description: "In military service."}
  continuing_education: {count: person_id, where: is_studying, unit: persons, title: Studying, description: "In continuing education."}
  seeking: {count: person_id, where: is_seeking, unit: persons, description: "Looking for one of these."}
  not_seeking: {count: person_id, where: is_not_seeking, unit: persons, title: Not seeking, description: "Not looking for any."}
  with_outcome: {count: person_id, where: has_outcome, unit: persons, title: With an outcome, description: "Employed, in service, in the military or in continuing education."}
  in_market: {count: person_id, where: is_in_market, unit: persons, title: In the market, description: "Known, without those who are not seeking."}
  knowledge_rate: {ratio: [known, graduates], unit: share, title: Knowledge rate, description: "Known by graduates."}
  outcome_rate: {ratio: [with_outcome, in_market], unit: share, title: Outcome rate, null_text: nothing known, description: "With an outcome by those in the market."}
parts:
  - {total: with_outcome, of: [employed, service, military, continuing_education]}
  - {total: in_market, of: [with_outcome, seeking]}
  - {total: known, of: [in_market, not_seeking]}
order: [class]
chart: {kind: stacked, x: class, y: [employed, service, military, continuing_education, seeking, not_seeking], total: known}
*/
WITH
    toDate32({as_of:DateTime64(3, 'UTC')}, {timezone:String}) AS today,
    toDateTime64(today, 3, 'UTC') + toIntervalDay(1) AS day_end,
    outcomes AS (
        SELECT
            resolve(reported.person_id) AS graduate_id,
            argMax(toString(outcome), (business_time, version)) AS latest_outcome,
            max(business_time) AS reported_at
        FROM employment_reported AS reported
        WHERE tenant = {tenant:String} AND business_time <= {as_of:DateTime64(3, 'UTC')}
        GROUP BY graduate_id
    ),
    alumni AS (
        SELECT person_id, argMax(tuple(persons.graduation_year), persons.valid_from).1 AS graduated_in
        FROM persons
        WHERE persons.valid_from < day_end AND persons.known_since < day_end
        GROUP BY person_id
        HAVING argMax(wanted AND person_kind = 'alumnus', persons.valid_from)
    )
SELECT
    assumeNotNull(graduated_in) AS class,
    alumni.person_id AS person_id,
    nullIf(latest_outcome, '') AS outcome,
    if(latest_outcome = '', NULL, reported_at) AS reported_at,
    latest_outcome != '' AS is_known,
    latest_outcome IN ('full_time', 'part_time', 'self_employed') AS is_employed,
    latest_outcome = 'service' AS is_in_service,
    latest_outcome = 'military' AS is_in_military,
    latest_outcome = 'continuing_education' AS is_studying,
    latest_outcome = 'seeking' AS is_seeking,
    latest_outcome = 'not_seeking' AS is_not_seeking,
    is_employed OR is_in_service OR is_in_military OR is_studying AS has_outcome,
    is_known AND NOT is_not_seeking AS is_in_market
FROM alumni
LEFT JOIN outcomes ON outcomes.graduate_id = alumni.person_id
WHERE graduated_in IS NOT NULL
    AND class >= toYear(toDate32({from:DateTime64(3, 'UTC')}, {timezone:String}))
    AND class <= toYear(toDate32({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {timezone:String}))
