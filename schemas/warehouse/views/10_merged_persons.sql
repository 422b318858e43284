-- Merges chain (a into b, b into c) and, when two systems disagree, form cycles. Every person is followed to the end of its chain; in
-- a cycle everyone becomes the smallest id of the cycle. A voided member.merged counts no more, which undoes it.
-- Who does not allow analytics is resolved to nobody, ' withdrawn' (no id begins with a blank), with all ids merged into one another: the
-- statements of merged persons are one person's, the latest counts, silence allows. So every view that resolves merges leaves these
-- persons out, and no query pays for it again. Where data name the purpose is searched for, not parsed: statements are many.
-- The merges are read once into a constant (they are few), so that the walk reads no table, and the result is one row of arrays: views
-- take it as a constant (transform is a hash look-up), which costs a tenth of a join and is worked out once in a query.
-- The surviving ids are listed too, standing for themselves: only the acts of listed persons can have become the same act.
CREATE OR REPLACE VIEW merged_persons
(
    touched   Array(String) COMMENT '<tenant>/<person> of everyone who was merged, into whom somebody was merged, or who withdrew from analytics',
    resolved  Array(String) COMMENT 'Who each of them is now; '' withdrawn'' for who withdrew from analytics',
    withdrawn Array(String) COMMENT '<tenant>/<person> of everyone who withdrew from analytics, merged persons once'
)
AS
WITH RECURSIVE
    (
        SELECT (groupArray(who), groupArray(concat(tenant, '/', into)))
        FROM (SELECT tenant, concat(tenant, '/', person) AS who, JSONExtractString(data, 'into_id') AS into FROM facts FINAL WHERE {member.merged} AND NOT voided AND person != into)
    ) AS merges,
    (
        SELECT groupArray((who, said))
        FROM
        (
            SELECT concat(tenant, '/', person) AS who, max((at, version, position(data, '"granted":true') > 0)) AS said
            FROM facts FINAL
            WHERE {consent.changed} AND NOT voided AND position(data, '"purpose":"analytics"') > 0
            GROUP BY who
        )
        -- Who allows it is as if nothing were said, but for a merged person, of whom the latest statement counts.
        WHERE NOT said.3 OR transform(who, merges.1, merges.1, '') != '' OR transform(who, merges.2, merges.2, '') != ''
    ) AS consents,
    walk AS
    (
        SELECT [start.1] AS path, transform(start.1, merges.1, merges.2, '') AS next, start.2 AS said
        FROM (SELECT arrayJoin(arrayConcat(arrayMap(one -> (one, (toDateTime64('1900-01-01 00:00:00', 3, 'UTC'), toUInt128(0), true)), merges.1), consents)) AS start)
        UNION ALL
        SELECT arrayPushBack(path, next), transform(next, merges.1, merges.2, ''), said
        FROM walk
        WHERE next != '' AND NOT has(path, next)
    )
SELECT
    groupArrayArray(everyone) AS touched,
    groupArrayArray(arrayMap(one -> if(has_withdrawn, ' withdrawn', substring(survivor, position(survivor, '/') + 1)), everyone)) AS resolved,
    groupArrayIf(survivor, has_withdrawn) AS withdrawn
FROM
(
    SELECT
        if(next = '', path[-1], arrayMin(arraySlice(path, indexOf(path, next)))) AS survivor,
        -- A merge says nothing of it, and stands before every statement.
        NOT max(said).3 AS has_withdrawn,
        arrayDistinct(arrayPushBack(groupArray(path[1]), survivor)) AS everyone
    FROM walk
    WHERE next = '' OR has(path, next)
    GROUP BY survivor
    HAVING has_withdrawn OR length(everyone) > 1
)
SETTINGS max_recursive_cte_evaluation_depth = 100000
COMMENT 'For views: everyone whom a merge touches or who withdrew from analytics, and who that is now, as arrays, always one row.';
