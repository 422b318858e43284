-- Merges chain (a into b, b into c) and, when two systems disagree, form cycles. Every person is followed to the end of its chain; in
-- a cycle everyone becomes the smallest id of the cycle. A voided member.merged counts no more, which undoes it.
-- The merges are read once into a constant (they are few), so that the walk reads no table, and the result is one row of arrays: views
-- take it as a constant (transform is a hash look-up), which costs a tenth of a join and is worked out once in a query.
-- The surviving ids are listed too, standing for themselves: only the acts of listed persons can have become the same act.
CREATE OR REPLACE VIEW merged_persons
(
    touched  Array(String) COMMENT '<tenant>/<person> of everyone who was merged or into whom somebody was merged',
    resolved Array(String) COMMENT 'Who each of them is now'
)
AS
WITH RECURSIVE
    (
        SELECT (groupArray(concat(tenant, '/', person)), groupArray(concat(tenant, '/', JSONExtractString(data, 'into_id'))))
        FROM facts FINAL
        WHERE {member.merged} AND NOT voided AND person != JSONExtractString(data, 'into_id')
    ) AS merges,
    walk AS
    (
        SELECT [m.1, m.2] AS path, transform(m.2, merges.1, merges.2, '') AS next
        FROM (SELECT arrayJoin(arrayZip(merges.1, merges.2)) AS m)
        UNION ALL
        SELECT arrayPushBack(path, next), transform(next, merges.1, merges.2, '')
        FROM walk
        WHERE next != '' AND NOT has(path, next)
    )
SELECT
    arrayConcat(groupArray(merged), groupUniqArray(survivor) AS survivors) AS touched,
    arrayMap(key -> substring(key, position(key, '/') + 1), arrayConcat(groupArray(survivor), survivors)) AS resolved
FROM
(
    SELECT path[1] AS merged, if(next = '', path[-1], arrayMin(arraySlice(path, indexOf(path, next)))) AS survivor
    FROM walk
    WHERE (next = '' OR has(path, next)) AND survivor != merged
)
SETTINGS max_recursive_cte_evaluation_depth = 100000
COMMENT 'For views: everyone whom a merge touches and who that is now, as arrays, always one row.';
