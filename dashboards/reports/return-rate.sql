/*
name: return-rate
title: Return rate
question: Of those who came, how many came again to the next gathering of the series?
section: People
definition: >
  Returned are the persons present at a gathering of a series who were present at the next gathering of that series, too; the rate is returned by present.
  Empty for the last gathering of a series so far, and where the next gathering is not over or its attendance is not recorded. Gatherings outside of series are not listed.
with: [chosen, attended, present]
grains: [gathering]
dimensions:
  gathering_id: {type: string, title: Gathering, description: "The gathering's id."}
measures:
  title: {value: title, description: "What the gathering is called."}
  series_id: {value: series_id, title: Series, description: "The series that the gathering belongs to."}
  starts_at: {value: starts_at, type: datetime, title: Start, description: "When it began."}
  next_gathering_id: {value: next_gathering_id, title: Next, description: "The next gathering of the series."}
  present: {count: person_id, null_when: is_not_recorded, unit: persons, description: "Distinct persons recorded as present."}
  returned: {count: person_id, where: has_returned, null_when: is_unknown, unit: persons, description: "Of these, persons present at the next gathering of the series."}
  return_rate: {ratio: [returned, present], unit: share, title: Return rate, description: "Returned by present."}
order: [series_id, starts_at, gathering_id]
chart: {kind: line, x: title, y: [return_rate]}
*/
SELECT
    chosen.gathering_id AS gathering_id,
    nullIf(attended.person_id, '') AS person_id,
    attended.person_id != '' AND again.person_id != '' AS has_returned,
    NOT chosen.recorded AS is_not_recorded,
    is_not_recorded OR NOT ifNull(chosen.next_recorded, false) AS is_unknown,
    nullIf(title, '') AS title,
    chosen.series_id AS series_id,
    chosen.starts_at AS starts_at,
    chosen.next_gathering_id AS next_gathering_id
FROM chosen
LEFT JOIN attended ON attended.gathering_id = chosen.gathering_id
LEFT JOIN (SELECT person_id, gathering_id FROM present) AS again
    ON again.person_id = attended.person_id AND again.gathering_id = chosen.next_gathering_id
WHERE chosen.series_id != '' AND chosen.starts_at <= {as_of:DateTime64(3, 'UTC')}
    AND chosen.starts_at >= {from:DateTime64(3, 'UTC')} AND chosen.starts_at < {to:DateTime64(3, 'UTC')}
