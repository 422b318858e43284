/*
name: gathering-groups
title: Groups at a gathering
question: Which groups did those who came work in?
section: Gatherings
definition: >
  Persons present by the group that their attendance names; a row without a group is those whose attendance names none. New members joined after the previous gathering of the series began (empty at the first gathering of a series
  and outside of series), first-timers have no earlier attendance at any gathering. The rows of a gathering add up to its attendance. Gatherings at which nobody is recorded are not listed.
with: [chosen, attended, joined]
grains: [gathering]
dimensions:
  gathering_id: {type: string, title: Gathering, description: "The gathering's id."}
  group_id: {type: string, title: Group, description: "The group's id; empty where none was named."}
measures:
  title: {value: title, description: "What the gathering is called."}
  starts_at: {value: starts_at, type: datetime, title: Start, description: "When it began."}
  name: {value: name, title: Group name, description: "What the group is called."}
  attended: {count: person_id, unit: persons, description: "Distinct persons present."}
  new_members: {count: person_id, where: is_new_member, null_when: has_no_previous, null_text: first of its series, unit: persons, title: New members, description: "Of these, persons who joined after the previous gathering of the series began."}
  first_timers: {count: person_id, where: is_first_time, unit: persons, title: First-timers, description: "Of these, persons who attended nothing before."}
order: [starts_at, gathering_id, group_id]
chart: {kind: bar, x: group_id, y: [attended]}
*/
SELECT
    attended.gathering_id AS gathering_id,
    nullIf(attended.group_id, '') AS group_id,
    attended.person_id AS person_id,
    is_first_time,
    chosen.previous_starts_at IS NOT NULL AND joined.person_id != '' AND ifNull(joined.joined_at > chosen.previous_starts_at, false) AS is_new_member,
    chosen.previous_starts_at IS NULL AS has_no_previous,
    nullIf(role, '') AS role,
    chosen.starts_at AS starts_at,
    nullIf(title, '') AS title,
    nullIf(groups.name, '') AS name
FROM attended
INNER JOIN chosen ON chosen.gathering_id = attended.gathering_id
LEFT JOIN joined ON joined.person_id = attended.person_id
LEFT JOIN (SELECT group_id, name FROM group_defined WHERE tenant = {tenant:String}) AS groups ON groups.group_id = attended.group_id
WHERE chosen.starts_at >= {from:DateTime64(3, 'UTC')} AND chosen.starts_at < {to:DateTime64(3, 'UTC')}
