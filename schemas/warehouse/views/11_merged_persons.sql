-- The aliases as two arrays in one row: views take them as a constant (transform is a hash look-up), which costs a tenth of a join.
-- The surviving ids are listed too, standing for themselves: only the acts of listed persons can have become the same act.
CREATE OR REPLACE VIEW merged_persons
(
    touched  Array(String) COMMENT '<tenant>/<person> of everyone who was merged or into whom somebody was merged',
    resolved Array(String) COMMENT 'Who each of them is now'
)
AS
SELECT groupArray(key) AS touched, groupArray(resolved) AS resolved
FROM (SELECT DISTINCT concat(tenant, '/', arrayJoin([person, resolved])) AS key, resolved FROM person_aliases)
COMMENT 'For views: person_aliases as arrays, always one row.';
