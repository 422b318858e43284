-- Merges chain (a into b, b into c) and, when two systems disagree, form cycles. Every person is followed to the end of its chain; in
-- a cycle everyone becomes the smallest id of the cycle. A voided member.merged is no longer in member_merged, which undoes it.
-- The merges are read once into a constant (they are few), so that the walk reads no table: without merges the view takes a few milliseconds.
CREATE OR REPLACE VIEW person_aliases
(
    tenant   LowCardinality(String) COMMENT 'Community',
    person   String COMMENT 'Id that was merged into another',
    resolved String COMMENT 'Id that now stands for the person: the end of the chain of merges, or the smallest id of a cycle'
)
AS
WITH RECURSIVE
    (SELECT groupArray((tenant, from_id, into_id)) FROM member_merged WHERE from_id != into_id) AS merges,
    arrayMap(m -> concat(m.1, '/', m.2), merges) AS merged,
    walk AS
    (
        SELECT m.1 AS tenant, m.2 AS person, [m.2, m.3] AS path, false AS closed
        FROM (SELECT arrayJoin(merges) AS m)
        UNION ALL
        SELECT step.tenant, step.person, arrayPushBack(step.path, step.next), has(step.path, step.next)
        FROM (SELECT tenant, person, path, transform(concat(tenant, '/', path[-1]), merged, merges.3, '') AS next FROM walk WHERE NOT closed) AS step
        WHERE step.next != ''
    )
SELECT
    tenant,
    person,
    if(in_cycle, arrayMin(arraySlice(longest, indexOf(longest, longest[-1]))), longest[-1]) AS resolved
FROM
(
    SELECT tenant, person, argMax(path, length(path)) AS longest, argMax(closed, length(path)) AS in_cycle
    FROM walk
    GROUP BY tenant, person
)
WHERE resolved != person
SETTINGS max_recursive_cte_evaluation_depth = 100000
COMMENT 'Merged persons and who they are now. Every view that names a person resolves through this one.';
