/*
name: unrecorded
with: [chosen]
*/
-- The periods of whose gatherings within the range some are over and not one is recorded: nothing is known of who came.
SELECT period_number
FROM chosen
WHERE starts_at >= {from:DateTime64(3, 'UTC')} AND starts_at < {to:DateTime64(3, 'UTC')}
GROUP BY period_number
HAVING max(NOT recorded AND ends_at <= {as_of:DateTime64(3, 'UTC')}) AND NOT max(recorded)
