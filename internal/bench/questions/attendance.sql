-- attendances by year: persons and attendances of all communities
SELECT toYear(at) AS year, uniqExact(tenant, person_id) AS persons, count() AS attendances
FROM attendance
WHERE present
GROUP BY year
ORDER BY year
