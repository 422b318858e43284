/*
name: contributions
with: [chosen, present, strangers, logs, openings]
parameters:
  contributions: {type: enum, title: Contributions, values: [attendances, hours, openings], default: attendances, description: "What persons contribute: attendances, hours of volunteer work, or openings that they made possible."}
*/
-- What each person contributed in the range. Decimals, so that a half is a half.
SELECT acts.person_id AS person_id, sum(amount) AS contributions
FROM (
    SELECT present.person_id AS person_id, present.local_date AS day, toDecimal64(1, 4) AS amount
    FROM present
    INNER JOIN chosen ON chosen.gathering_id = present.gathering_id
    WHERE {contributions:String} = 'attendances' AND chosen.starts_at >= {from:DateTime64(3, 'UTC')} AND chosen.starts_at < {to:DateTime64(3, 'UTC')}
    UNION ALL
    SELECT person_id, day, amount
    FROM (
        SELECT person_id, day, toDecimal64(hours, 4) AS amount FROM logs WHERE {contributions:String} = 'hours'
        UNION ALL
        SELECT ambassador_id, opens, toDecimal64(1, 4) FROM openings WHERE {contributions:String} = 'openings' AND has_opened AND ambassador_id != ''
    )
    WHERE day >= toDate32({from:DateTime64(3, 'UTC')}, {timezone:String})
        AND day <= toDate32({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {timezone:String})
) AS acts
LEFT ASOF JOIN persons ON persons.person_id = acts.person_id AND persons.valid_from < toDateTime64(acts.day, 3, 'UTC') + toIntervalDay(1)
WHERE if(persons.person_id != '', persons.wanted, (SELECT wanted FROM strangers))
GROUP BY person_id
