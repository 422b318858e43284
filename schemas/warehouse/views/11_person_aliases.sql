-- The arrays of merged_persons as rows, without those who stand for themselves. The constant is worded as in the other views: what is
-- worded alike is worked out once in a query.
CREATE OR REPLACE VIEW person_aliases
(
    tenant   LowCardinality(String) COMMENT 'Community',
    person   String COMMENT 'Id that was merged into another, or of somebody who withdrew from analytics',
    resolved String COMMENT 'Id that now stands for the person: the end of the chain of merges, or the smallest id of a cycle; '' withdrawn'' for who withdrew from analytics'
)
AS
WITH (SELECT (touched, resolved) FROM merged_persons) AS merged
SELECT substring(pair.1, 1, position(pair.1, '/') - 1) AS tenant, substring(pair.1, position(pair.1, '/') + 1) AS person, pair.2 AS resolved
FROM (SELECT arrayJoin(arrayZip(merged.1, merged.2)) AS pair)
WHERE person != pair.2
COMMENT 'Merged persons and who they are now.';
