/*
name: timeline
title: Timeline
question: What has this person done, in order?
section: People
definition: >
  Every event about the person that stands today, under any id that was merged into it, in the order in which things happened; what is yet to come is not listed. The steps of a person's applications belong to it.
  An event that names a day only has no time of day; its time is shown as midnight UTC. The filters of persons do not concern it. Without a person there are no rows.
personal: true
with: [resolve]
parameters:
  person: {type: list, description: "The person's id; several are told together."}
dimensions:
  entry: {type: integer, description: "The place in the order, from 1."}
measures:
  at: {value: happened_at, type: datetime, title: When, description: "When it happened."}
  day: {value: day, type: date, description: "The community's day on which it happened."}
  type: {value: type, description: "The type of the event."}
  what: {value: what, description: "What it was about: the title of a gathering or initiative, else the id of the thing."}
  gathering_id: {value: gathering_id, title: Gathering, description: "The gathering's id, where it was about one."}
  detail: {value: detail, description: "The part played, the step taken, or what kind of thing it was."}
  mode: {value: mode, description: "volunteer, experiential, philanthropic or communication; empty where it is no act of engagement."}
  person_id: {value: person_id, title: Person, description: "The person's id as now."}
order: [entry]
chart: {kind: bar, x: entry, y: [at]}
*/
WITH
    -- Of steps at the same moment the earlier comes first.
    ['pending', 'waitlisted', 'confirmed', 'proposed', 'discussed', 'adopted', 'in_progress', 'shortlisted', 'interviewed', 'offered', 'offer_accepted', 'started', 'completed'] AS steps,
    asked AS (
        SELECT resolve(given.id) AS id
        FROM (SELECT arrayJoin({person:Array(String)}) AS id) AS given
        WHERE id != ' withdrawn'
    ),
    names AS (
        SELECT person AS name, resolved AS id FROM aliases WHERE resolved IN (SELECT id FROM asked)
        UNION DISTINCT
        SELECT id, id FROM asked
    ),
    told AS (
        SELECT toString(facts.type) AS type, person, gathering, toString(facts.mode) AS mode, facts.at AS at, version, key, data
        FROM facts FINAL
        WHERE tenant = {tenant:String} AND NOT voided AND notEmpty({person:Array(String)}) AND person IN (SELECT name FROM names)
        UNION ALL
        SELECT toString(event_type), student_id, '', '', business_time, changes.version, changes.application_id, concat('{"status":"', status, '"}')
        FROM application_status_changed AS changes
        INNER JOIN (
            SELECT application_id, student_id FROM application_submitted
            WHERE tenant = {tenant:String} AND student_id IN (SELECT name FROM names)
        ) AS own ON own.application_id = changes.application_id
        WHERE tenant = {tenant:String}
    ),
    -- Facts of two ids that are one fact now are told once: an attendance at which the person was present, then the higher version.
    once AS (
        SELECT
            *,
            names.id AS person_id,
            startsWith(type, 'volunteering.logged.') OR startsWith(type, 'opportunity.published.') OR startsWith(type, 'donation.received.') OR startsWith(type, 'member.updated.') AS is_dated,
            if(is_dated, toDate32(at), toDate32(at, {timezone:String})) AS day
        FROM told
        INNER JOIN names ON names.name = told.person
        WHERE if(is_dated, day <= toDate32({as_of:DateTime64(3, 'UTC')}, {timezone:String}), at <= {as_of:DateTime64(3, 'UTC')})
            AND if(is_dated, day >= toDate32({from:DateTime64(3, 'UTC')}, {timezone:String}), at >= {from:DateTime64(3, 'UTC')})
            AND if(is_dated, day <= toDate32({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {timezone:String}), at < {to:DateTime64(3, 'UTC')})
        ORDER BY JSONExtractBool(data, 'present') DESC, version DESC
        LIMIT 1 BY type, if(startsWith(type, 'member.'), key, replaceAll(key, toJSONString(person), toJSONString(person_id)))
    )
SELECT
    toInt64(row_number() OVER (ORDER BY day, if(is_dated, toDateTime64(0, 3, 'UTC'), at), type, indexOf(steps, JSONExtractString(data, 'status')), key, person_id)) AS entry,
    once.at AS happened_at,
    once.day AS day,
    once.type AS type,
    coalesce(
        nullIf(held.title, ''), nullIf(JSONExtractString(data, 'title'), ''), nullIf(once.gathering, ''),
        nullIf(JSONExtractString(data, 'group_id'), ''), nullIf(JSONExtractString(data, 'initiative_id'), ''), nullIf(JSONExtractString(data, 'opportunity_id'), ''),
        nullIf(JSONExtractString(data, 'campaign_id'), ''), nullIf(JSONExtractString(data, 'application_id'), ''), nullIf(JSONExtractString(data, 'purpose'), '')
    ) AS what,
    nullIf(once.gathering, '') AS gathering_id,
    if(
        startsWith(once.type, 'attendance.recorded.') AND NOT JSONExtractBool(data, 'present'), 'absent',
        coalesce(
            nullIf(JSONExtractString(data, 'action'), ''), nullIf(JSONExtractString(data, 'status'), ''), nullIf(JSONExtractString(data, 'activity'), ''),
            nullIf(JSONExtractString(data, 'reason'), ''), nullIf(JSONExtractString(data, 'step'), ''), nullIf(JSONExtractString(data, 'outcome'), ''),
            nullIf(JSONExtractString(data, 'role'), ''), nullIf(JSONExtractString(data, 'kind'), '')
        )
    ) AS detail,
    nullIf(once.mode, '') AS mode,
    once.person_id AS person_id
FROM once
LEFT JOIN (SELECT gathering_id, title FROM gatherings WHERE tenant = {tenant:String}) AS held ON held.gathering_id = once.gathering
