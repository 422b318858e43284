/*
name: attended
with: [chosen, present, strangers]
*/
-- Who was present at the chosen gatherings, of the persons that the filters choose.
SELECT
    present.person_id AS person_id,
    present.gathering_id AS gathering_id,
    role,
    minutes,
    group_id,
    is_first_time,
    chosen.starts_at AS starts_at,
    chosen.local_date AS local_date,
    chosen.series_id AS series_id,
    period_number
FROM present
INNER JOIN chosen ON chosen.gathering_id = present.gathering_id
LEFT ASOF JOIN persons ON persons.person_id = present.person_id AND persons.valid_from < chosen.day_end
WHERE if(persons.person_id != '', persons.wanted, (SELECT wanted FROM strangers))
