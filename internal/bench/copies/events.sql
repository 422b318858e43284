-- The template's events of a stretch of arrivals, for the communities copy-{from} to copy-{to}. No hash, key or version names the community:
-- what is copied is what a consumer would have stored. The incremental view fills facts, as for every insert.
INSERT INTO events (tenant, {columns})
SELECT concat('copy-', leftPad(toString(community), 4, '0')), {columns}
FROM
(
    SELECT {columns}
    FROM events FINAL
    WHERE tenant = 'template' AND (stream_seq, pack_index) > ({after_seq}, {after_index}) AND (stream_seq, pack_index) <= ({last_seq}, {last_index})
) AS one
CROSS JOIN (SELECT number AS community FROM numbers({from}, {count})) AS communities
SETTINGS max_insert_threads = 2, min_insert_block_size_rows = 200000, enable_extended_results_for_datetime_functions = 1
