/*
name: absence-factor
title: Absence factor
question: How many people could stay away before half of the contributions were gone?
section: People
definition: >
  The smallest number of persons who together give at least half of all contributions (CHAOSS). Contributions are attendances, hours of volunteer work, or openings that a person made possible, as chosen.
  Persons are taken from the most active down; those with equally many in the order of their ids. The filters of gatherings concern attendances only, those of openings openings.
with: [contributions]
grains: [gathering]
measures:
  absence_factor: {count: person_id, where: is_needed, unit: persons, title: Absence factor, description: "The smallest number of persons who give at least half of all contributions."}
  contributors: {count: person_id, unit: persons, description: "Distinct persons who contributed."}
  contributions: {sum: contributions, unit: contributions, persons: contributors, description: "All contributions."}
chart: {kind: number, y: [absence_factor, contributors]}
*/
SELECT
    toInt64(row_number() OVER ranked) AS rank,
    person_id,
    toFloat64(contributions) AS contributions,
    toFloat64(sum(contributions.contributions) OVER ranked) AS cumulative,
    cumulative / toFloat64(sum(contributions.contributions) OVER ()) AS cumulative_share,
    (sum(contributions.contributions) OVER ranked - contributions.contributions) * 2 < sum(contributions.contributions) OVER () AS is_needed
FROM contributions
WINDOW ranked AS (ORDER BY contributions.contributions DESC, person_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
