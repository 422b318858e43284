-- As in attendance, only persons whom a merge touches are grouped: their acts are the same act when the business keys are the same
-- after the person's id in them was resolved. {person_in_key} is where a type's key holds the person's id (0: it does not).
CREATE OR REPLACE VIEW acts
(
    tenant       LowCardinality(String) COMMENT 'Community',
    person_id    String COMMENT 'Person, merges resolved',
    mode         String COMMENT 'CASE mode of engagement: volunteer, experiential, philanthropic, communication',
    at           DateTime64(3, 'UTC') COMMENT 'When it happened',
    day          Nullable(Date32) COMMENT 'Where the event names a day only: that day, which is the community''s own whatever its time zone; else null',
    type         String COMMENT 'Event type with its version',
    gathering_id String COMMENT 'Gathering, empty when it was at none',
    key          String COMMENT 'Business key, the person''s id in it resolved'
)
AS
WITH (SELECT (touched, resolved) FROM merged_persons) AS merged
SELECT tenant, person AS person_id, mode, at, if(type IN ({dated_types}), toDate32(at), NULL) AS day, type, gathering AS gathering_id, key
FROM facts FINAL
WHERE NOT voided AND mode != '' AND person != '' AND transform(concat(tenant, '/', person), merged.1, merged.2, '') = ''
UNION ALL
SELECT
    tenant, resolved, mode, at, if(type IN ({dated_types}), toDate32(at), NULL), type, gathering, resolved_key
FROM
(
    SELECT
        tenant, person, mode, at, type, gathering, version,
        transform(concat(tenant, '/', person), merged.1, merged.2, '') AS resolved,
        replaceRegexpOne(type, '\\.v[0-9]+$', '') AS base,
        {person_in_key} AS place,
        concat('[', arrayStringConcat(arrayMap((value, i) -> if(i = place, toJSONString(resolved), value), JSONExtractArrayRaw(key) AS parts, arrayEnumerate(parts)), ','), ']') AS resolved_key
    FROM facts FINAL
    WHERE notEmpty(merged.1) AND NOT voided AND mode != '' AND person != '' AND resolved NOT IN ('', ' withdrawn')
)
ORDER BY version DESC
LIMIT 1 BY tenant, resolved, base, resolved_key
COMMENT 'Acts of engagement: one row an act that has a mode, merges resolved, corrections applied.';
