/*
name: absence-curve
title: Absence curve
question: Who carries the community, and how much of it?
section: People
definition: >
  Persons from the one who contributes most down, those with equally many in the order of their ids, with the contributions of each and of all so far. Where the share reaches a half, the rank is the absence factor.
  Contributions are attendances, hours of volunteer work, or openings that a person made possible, as chosen.
personal: true
with: [contributions]
grains: [gathering]
dimensions:
  rank: {type: integer, description: "The place, from 1."}
measures:
  person_id: {value: person_id, title: Person, description: "The person's id."}
  contributions: {sum: contributions, unit: contributions, persons: none, description: "The person's contributions."}
  cumulative: {sum: cumulative, unit: contributions, persons: none, description: "Contributions of this and all persons before."}
  total: {sum: total, unit: contributions, persons: none, description: "All contributions."}
  share: {ratio: [cumulative, total], unit: share, description: "Cumulative by total."}
order: [rank]
chart: {kind: line, x: rank, y: [share]}
*/
SELECT
    toInt64(row_number() OVER ranked) AS rank,
    person_id,
    toFloat64(contributions) AS contributions,
    toFloat64(sum(contributions.contributions) OVER ranked) AS cumulative,
    toFloat64(sum(contributions.contributions) OVER ()) AS total
FROM contributions
WINDOW ranked AS (ORDER BY contributions.contributions DESC, person_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
