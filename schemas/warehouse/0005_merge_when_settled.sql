-- FINAL costs a report about a third of its time where parts have to be merged while it reads, and nothing where a partition is one part.
-- So ClickHouse merges a partition whole once nothing was inserted into it for a minute: off-peak, never while a backlog or a trickle
-- keeps coming, since that would write the same rows again and again.
ALTER TABLE facts MODIFY SETTING min_age_to_force_merge_seconds = 60, min_age_to_force_merge_on_partition_only = 1;

ALTER TABLE events MODIFY SETTING min_age_to_force_merge_seconds = 60, min_age_to_force_merge_on_partition_only = 1;
