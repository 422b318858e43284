-- engagement by mode: persons and acts of all communities, merges resolved
SELECT toYear(at) AS year, mode, uniqExact(tenant, person_id) AS persons, count() AS acts
FROM acts
GROUP BY year, mode
ORDER BY year, mode
