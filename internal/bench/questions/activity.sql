-- activity from the rollups: acts of all communities by month and type, as recorded
SELECT toStartOfMonth(day) AS month, type, sum(acts) AS acts
FROM activity_daily
GROUP BY month, type
ORDER BY month, type
