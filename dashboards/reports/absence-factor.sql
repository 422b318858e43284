/*
name: absence-factor
title: Absence factor
question: How many people could stay away before half of the contributions were gone?
section: People
definition: >
  The smallest number of persons who together give at least half of all contributions (CHAOSS). A contribution is an attendance.
  Persons are taken from the most active down; those with equally many in the order of their ids.
with: [attended]
grains: [gathering]
measures:
  absence_factor: {count: person_id, where: is_needed, unit: persons, title: Absence factor, description: "The smallest number of persons who give at least half of all contributions."}
  contributors: {count: person_id, unit: persons, description: "Distinct persons who contributed."}
  contributions: {sum: contributions, type: integer, unit: attendances, description: "All contributions."}
chart: {kind: number, y: [absence_factor, contributors]}
*/
WITH per_person AS (
    SELECT person_id, count() AS contributions
    FROM attended
    WHERE starts_at >= {from:DateTime64(3, 'UTC')} AND starts_at < {to:DateTime64(3, 'UTC')}
    GROUP BY person_id
)
SELECT
    row_number() OVER ranked AS rank,
    person_id,
    contributions,
    sum(contributions) OVER ranked AS cumulative,
    cumulative / sum(contributions) OVER () AS cumulative_share,
    (cumulative - contributions) * 2 < sum(contributions) OVER () AS is_needed
FROM per_person
WINDOW ranked AS (ORDER BY contributions DESC, person_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
