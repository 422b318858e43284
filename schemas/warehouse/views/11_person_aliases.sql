-- The arrays of merged_persons as rows, without those who stand for themselves.
CREATE OR REPLACE VIEW person_aliases
(
    tenant   LowCardinality(String) COMMENT 'Community',
    person   String COMMENT 'Id that was merged into another',
    resolved String COMMENT 'Id that now stands for the person: the end of the chain of merges, or the smallest id of a cycle'
)
AS
SELECT substring(key, 1, position(key, '/') - 1) AS tenant, substring(key, position(key, '/') + 1) AS person, survivor AS resolved
FROM (SELECT touched, resolved FROM merged_persons)
ARRAY JOIN touched AS key, resolved AS survivor
WHERE person != survivor
COMMENT 'Merged persons and who they are now.';
