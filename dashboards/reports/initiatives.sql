/*
name: initiatives
title: Initiatives
question: What became of what people proposed?
section: Groups
definition: >
  Initiatives by their latest status; of statuses at the same moment the later in the order proposed, discussed, adopted, rejected, in progress, done. Decided are those that were ever adopted, rejected, in progress or done,
  adopted those that were ever adopted, in progress or done. Median days are from the first proposal to the first adoption, days being those of the community, over initiatives of which both are known; of an even number
  the mean of the two in the middle. From and to are about the first status of an initiative. The filters of persons do not concern initiatives.
dimensions:
  kind: {type: string, description: "charter, proposal or project, as last said."}
measures:
  initiatives: {count: initiative_id, unit: initiatives, description: "Distinct initiatives."}
  proposed: {count: initiative_id, where: is_proposed, unit: initiatives, description: "Now proposed."}
  discussed: {count: initiative_id, where: is_discussed, unit: initiatives, description: "Now being discussed."}
  adopted_now: {count: initiative_id, where: is_adopted, unit: initiatives, title: Adopted, description: "Now adopted and not begun."}
  rejected: {count: initiative_id, where: is_rejected, unit: initiatives, description: "Now rejected."}
  in_progress: {count: initiative_id, where: is_in_progress, unit: initiatives, title: In progress, description: "Now in progress."}
  done: {count: initiative_id, where: is_done, unit: initiatives, description: "Now done."}
  decided: {count: initiative_id, where: was_decided, unit: initiatives, description: "Ever adopted, rejected, in progress or done."}
  adopted: {count: initiative_id, where: was_adopted, unit: initiatives, title: Ever adopted, description: "Ever adopted, in progress or done."}
  adoption_rate: {ratio: [adopted, decided], unit: share, title: Adoption rate, description: "Ever adopted by decided."}
  median_days: {expr: "if(countIf(days IS NOT NULL) = 0, NULL, quantileExactInclusive(0.5)(days))", unit: days, persons: none, title: Median days, description: "Median of the days from the first proposal to the first adoption; empty when no initiative has both."}
order: [kind]
parts:
  - {total: initiatives, of: [proposed, discussed, adopted_now, rejected, in_progress, done]}
chart: {kind: stacked, x: kind, y: [proposed, discussed, adopted_now, in_progress, done, rejected], total: initiatives}
*/
WITH ['proposed', 'discussed', 'adopted', 'rejected', 'in_progress', 'done'] AS stages
SELECT
    kind,
    initiative_id,
    nullIf(title, '') AS title,
    nullIf(group_id, '') AS group_id,
    status,
    status_at,
    status = 'proposed' AS is_proposed,
    status = 'discussed' AS is_discussed,
    status = 'adopted' AS is_adopted,
    status = 'rejected' AS is_rejected,
    status = 'in_progress' AS is_in_progress,
    status = 'done' AS is_done,
    hasAny(statuses, ['adopted', 'in_progress', 'done']) AS was_adopted,
    was_adopted OR has(statuses, 'rejected') AS was_decided,
    proposed_on,
    adopted_on,
    dateDiff('day', proposed_on, adopted_on) AS days
FROM (
    SELECT
        initiative_id,
        argMax(steps.kind, (at, stage, version)) AS kind,
        argMax(step, (at, stage, version)) AS status,
        max(at) AS status_at,
        argMaxIf(steps.title, (at, stage, version), steps.title != '') AS title,
        argMaxIf(steps.group_id, (at, stage, version), steps.group_id != '') AS group_id,
        groupUniqArray(step) AS statuses,
        toDate32(minIf(toNullable(at), step = 'proposed'), {timezone:String}) AS proposed_on,
        toDate32(minIf(toNullable(at), step = 'adopted'), {timezone:String}) AS adopted_on
    FROM (
        SELECT
            initiative_id, toString(kind) AS kind, toString(status) AS step, indexOf(stages, step) AS stage, business_time AS at, version, title, group_id
        FROM initiative_status_changed
        WHERE tenant = {tenant:String} AND business_time <= {as_of:DateTime64(3, 'UTC')}
    ) AS steps
    GROUP BY initiative_id
    HAVING min(at) >= {from:DateTime64(3, 'UTC')} AND min(at) < {to:DateTime64(3, 'UTC')}
)
