-- Lists ask for these few, to withhold their ids; figures do not change by it.
CREATE OR REPLACE VIEW unnamed_persons
(
    tenant    LowCardinality(String) COMMENT 'Community',
    person_id String COMMENT 'Person, merges resolved'
)
AS
WITH (SELECT (touched, resolved) FROM merged_persons) AS merged
SELECT tenant, transform(concat(tenant, '/', person), merged.1, merged.2, person) AS person_id
FROM facts FINAL
WHERE {consent.changed} AND NOT voided AND position(data, '"purpose":"named_lists"') > 0
GROUP BY tenant, person_id
HAVING NOT argMax(position(data, '"granted":true') > 0, (at, version))
COMMENT 'Persons who do not allow to be named in lists: the latest statement of all ids merged into one another counts.';
