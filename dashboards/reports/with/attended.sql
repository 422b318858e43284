/*
name: attended
with: [chosen, present, persons]
*/
-- Who was present at the chosen gatherings, of the persons that the filters choose.
-- A person of whom nothing is known is shown unless a filter asks for something.
SELECT
    present.person_id AS person_id,
    present.gathering_id AS gathering_id,
    role,
    minutes,
    is_first_time,
    chosen.starts_at AS starts_at,
    chosen.local_date AS local_date,
    chosen.series_id AS series_id,
    period_number
FROM present
INNER JOIN chosen ON chosen.gathering_id = present.gathering_id
LEFT ASOF JOIN persons ON persons.person_id = present.person_id AND persons.valid_from <= chosen.local_date
WHERE if(
    persons.person_id != '',
    wanted,
    {staff:String} != 'only' AND empty({status:Array(String)}) AND empty({faculty:Array(String)})
        AND empty({chapter:Array(String)}) AND {graduation_from:Nullable(Int64)} IS NULL AND {graduation_to:Nullable(Int64)} IS NULL
)
