-- facts by type, read with FINAL: the figures of every community
SELECT tenant, type, count() AS facts
FROM facts FINAL
WHERE NOT voided
GROUP BY tenant, type
ORDER BY facts DESC
LIMIT 100
