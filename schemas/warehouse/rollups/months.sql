-- What the rows of rollup_months should be, from facts: for the communities {tenants}, whose days are those of {zone}, as of the notes
-- {versions} (each in the place of its community).
--
-- Facts are read once, and counted by person and by day at the same time. Beside the months that facts have now stand, empty, those that
-- a fact may have left: every month that the log ever named, in whatever time zone (none is 16 hours from UTC), and every month
-- that has a row. So a correction, a void, another time zone or an erasure empties what it left. {within} narrows the months.
SELECT
    tenant,
    month,
    arrayElement({versions}, indexOf({tenants}, tenant)) AS version,
    {zone} AS zone,
    persons.1 AS person,
    persons.2 AS volunteer,
    persons.3 AS experiential,
    persons.4 AS philanthropic,
    persons.5 AS communication,
    persons.6 AS attended,
    days.1 AS day,
    days.2 AS day_type,
    days.3 AS day_mode,
    days.4 AS day_facts
FROM
(
    SELECT
        tenant,
        month,
        arraySort(groupArrayIf((person, volunteer, experiential, philanthropic, communication, attended), part = 'person' AND person != '' AND acts > 0)) AS persons,
        arraySort(groupArrayIf((day, type, mode, counted), part = 'day')) AS days
    FROM
    (
        SELECT
            tenant, month, if(grouping(day) = 1, 'person', 'day') AS part,
            person, toUInt32(countIf(mode_counted = 'volunteer')) AS volunteer, toUInt32(countIf(mode_counted = 'experiential')) AS experiential,
            toUInt32(countIf(mode_counted = 'philanthropic')) AS philanthropic, toUInt32(countIf(mode_counted = 'communication')) AS communication,
            toUInt32(countIf(was_present)) AS attended,
            toUInt32(countIf(mode_counted != '')) AS acts, day, type, mode, toUInt32(count()) AS counted
        FROM
        (
            SELECT
                tenant, if(type IN ({dated_types}), toDate32(at), toDate32(at, {zone})) AS day, toDate32(toStartOfMonth(day)) AS month, person, type, mode,
                mode AS mode_counted, {attendance.recorded} AND ifNull(present, false) AS was_present
            FROM facts FINAL
            WHERE tenant IN {tenants} AND NOT voided AND {within}
        )
        GROUP BY GROUPING SETS ((tenant, month, person), (tenant, month, day, type, mode))
        UNION ALL
        SELECT
            tenant, arrayJoin([toStartOfMonth(at), toStartOfMonth(at - toIntervalHour(16)), toStartOfMonth(at + toIntervalHour(16))]) AS month, 'bucket',
            '', 0, 0, 0, 0, 0, 0, toDate32(0), '', '', 0
        FROM events
        WHERE tenant IN {tenants}
        GROUP BY tenant, month
        HAVING {within}
        UNION ALL
        SELECT tenant, month, 'bucket', '', 0, 0, 0, 0, 0, 0, toDate32(0), '', '', 0
        FROM rollup_months
        WHERE tenant IN {tenants} AND {within}
        GROUP BY tenant, month
    )
    GROUP BY tenant, month
)
