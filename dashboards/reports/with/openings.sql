/*
name: openings
with: [resolve]
parameters:
  opening: {type: list, title: Kind of opening, values: [internship, work_placement, job], description: "Only openings of these kinds."}
*/
-- The openings that the filter chooses. The days are the community's own.
SELECT
    opportunity_id,
    toString(kind) AS opening_kind,
    employer_id,
    resolve(ambassador_id) AS ambassador_id,
    ifNull(positions, 0) AS positions,
    toDate32(business_time) AS opens,
    opens <= toDate32({as_of:DateTime64(3, 'UTC')}, {timezone:String}) AS has_opened
FROM opportunity_published
WHERE tenant = {tenant:String} AND (empty({opening:Array(String)}) OR has({opening:Array(String)}, opening_kind))
