/*
name: groups
title: Groups and chapters
question: How alive is each group?
section: Groups
definition: >
  Every group that is defined, has members, or is named by a gathering or an attendance. Members joined the group and did not leave it, by their latest change until the end of the range (or now); the filters of persons judge them as at that day.
  Gatherings have begun, were not cancelled, and are held by the group or chapter, or somebody's attendance names the group. An attendance that names a group is that group's only; any other is that of the group and of the chapter that hold the gathering.
  Active members are members among the attendees. Where gatherings are over and not one is recorded, attendance is empty. Months active are the calendar months with an attendance in the range, of the last 12 until its end (or now).
  The absence factor is the smallest number of persons who give half of the group's attendances.
with: [chosen, present, strangers, resolve]
grains: [gathering]
dimensions:
  group_id: {type: string, title: Group, description: "The group's id."}
measures:
  name: {value: name, title: Group name, description: "What the group is called."}
  group_kind: {value: group_kind, title: Kind of group, description: "working_group, chapter, autonomous_structure or council; empty where the group was never defined."}
  members: {count: person_id, where: is_member, unit: persons, description: "Distinct members at the end of the range, or now."}
  gatherings: {count: gathering_id, unit: gatherings, description: "Distinct gatherings of the group that have begun."}
  attendances: {rows: true, persons: attendees, where: is_attendance, null_when: is_unknown, null_text: not recorded, unit: attendances, description: "Persons present, counted at each gathering."}
  attendees: {count: person_id, where: is_attendance, null_when: is_unknown, null_text: not recorded, unit: persons, description: "Distinct persons present."}
  active_members: {count: person_id, where: is_active_member, null_when: is_unknown, null_text: not recorded, unit: persons, title: Active members, description: "Of the members, those among the attendees."}
  attendance_share: {ratio: [active_members, members], unit: share, title: Attendance share, description: "Active members by members."}
  months_active: {count: active_month, null_when: is_unknown, null_text: not recorded, unit: months, title: Months active, description: "Distinct calendar months with an attendance, of the last 12."}
  first_timers: {count: person_id, where: is_first_time, null_when: is_unknown, null_text: not recorded, unit: persons, title: First-timers, description: "Of the attendees, persons whose first attendance ever was here."}
  first_timer_share: {ratio: [first_timers, attendees], unit: share, title: First-timer share, description: "First-timers by attendees."}
  absence_factor: {count: person_id, where: is_needed, null_when: is_unknown, null_text: not recorded, unit: persons, title: Absence factor, description: "The smallest number of persons who give at least half of the attendances."}
order: [group_kind, name, group_id]
chart: {kind: bar, x: group_id, y: [members, attendees]}
*/
WITH
    least({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {as_of:DateTime64(3, 'UTC')}) AS last_moment,
    toDate32(last_moment, {timezone:String}) AS last_day,
    attending AS (
        SELECT
            if(present.group_id != '', [present.group_id], arrayDistinct(arrayFilter(g -> g != '', [gathering_group, gathering_chapter]))) AS group_ids,
            present.person_id AS person_id, present.local_date AS day, (present.gathering_id, true, true, present.is_first_time, present.local_date) AS visit, false AS is_member
        FROM present
        INNER JOIN chosen ON chosen.gathering_id = present.gathering_id
        WHERE chosen.starts_at >= {from:DateTime64(3, 'UTC')} AND chosen.starts_at < {to:DateTime64(3, 'UTC')}
    ),
    belonging AS (
        SELECT group_id, person_id, argMax(action, (at, version)) = 'joined' AS is_member
        FROM (
            SELECT group_id, resolve(changes.person_id) AS person_id, toString(action) AS action, business_time AS at, version
            FROM group_membership_changed AS changes
            WHERE tenant = {tenant:String} AND business_time <= last_moment
        )
        GROUP BY group_id, person_id
    ),
    acts AS (
        SELECT arrayJoin(group_ids) AS group_id, person_id, day, visit, is_member FROM attending
        UNION ALL
        SELECT group_id, person_id, last_day, ('', false, false, false, last_day), is_member FROM belonging
    ),
    -- A visit is: gathering, is recorded, is an attendance of a person who is shown, is the person's first, day.
    people AS (
        SELECT group_id, person_id, max(is_member) AS is_member, groupArrayIf(visit, visit.1 != '') AS visits
        FROM (
            SELECT
                acts.group_id AS group_id,
                if(persons.person_id != '', persons.wanted, (SELECT wanted FROM strangers)) AS is_shown,
                if(is_shown, acts.person_id, '') AS person_id,
                acts.is_member AND is_shown AS is_member,
                (visit.1, visit.2, visit.3 AND is_shown, visit.4 AND is_shown, visit.5) AS visit
            FROM acts
            LEFT ASOF JOIN persons ON persons.person_id = acts.person_id AND persons.valid_from < toDateTime64(acts.day, 3, 'UTC') + toIntervalDay(1)
            UNION ALL
            SELECT arrayJoin(arrayDistinct(arrayFilter(g -> g != '', [gathering_group, gathering_chapter]))), true, '', false, (gathering_id, recorded OR ends_at > {as_of:DateTime64(3, 'UTC')}, false, false, local_date)
            FROM chosen
            WHERE starts_at <= {as_of:DateTime64(3, 'UTC')} AND starts_at >= {from:DateTime64(3, 'UTC')} AND starts_at < {to:DateTime64(3, 'UTC')}
        )
        GROUP BY group_id, person_id
    ),
    ranked AS (
        SELECT
            *,
            if(person_id = '', 0, length(visits)) AS contributions,
            (sum(contributions) OVER down - contributions) * 2 < sum(contributions) OVER whole AND contributions > 0 AS is_needed,
            max(notEmpty(visits)) OVER whole AND NOT max(arrayExists(v -> v.2, visits)) OVER whole AS is_unknown
        FROM people
        WINDOW
            whole AS (PARTITION BY group_id),
            down AS (PARTITION BY group_id ORDER BY contributions DESC, person_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    ),
    listed AS (
        SELECT *, arrayJoin(if(empty(visits), [('', false, false, false, last_day)], visits)) AS visit
        FROM ranked
    )
SELECT
    if(listed.group_id = '', defined.group_id, listed.group_id) AS group_id,
    nullIf(defined.name, '') AS name,
    nullIf(defined.kind, '') AS group_kind,
    nullIf(listed.person_id, '') AS person_id,
    nullIf(visit.1, '') AS gathering_id,
    if(visit.1 = '', NULL, visit.5) AS attended_on,
    listed.is_member AS is_member,
    visit.3 AS is_attendance,
    is_attendance AND listed.is_member AS is_active_member,
    visit.4 AS is_first_time,
    if(is_attendance AND toYear(visit.5) * 12 + toMonth(visit.5) > toYear(last_day) * 12 + toMonth(last_day) - 12, formatDateTime(visit.5, '%Y-%m'), NULL) AS active_month,
    listed.is_needed AND is_attendance AS is_needed,
    listed.is_unknown AS is_unknown
FROM listed
FULL JOIN (SELECT group_id, name, toString(kind) AS kind FROM group_defined WHERE tenant = {tenant:String}) AS defined ON defined.group_id = listed.group_id
