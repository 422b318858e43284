/*
name: everyone
with: [persons]
*/
-- Members as they are now, with the judgement of the filters.
SELECT
    *,
    multiIf({staff:String} = 'include', true, {staff:String} = 'only', kind = 'staff', kind != 'staff')
        AND (empty({status:Array(String)}) OR has({status:Array(String)}, status))
        AND (empty({faculty:Array(String)}) OR has({faculty:Array(String)}, faculty))
        AND (empty({chapter:Array(String)}) OR has({chapter:Array(String)}, chapter_id))
        AND ({graduation_from:Nullable(Int64)} IS NULL OR ifNull(graduation_year, 0) >= {graduation_from:Nullable(Int64)})
        AND ({graduation_to:Nullable(Int64)} IS NULL OR ifNull(graduation_year, 9999) <= {graduation_to:Nullable(Int64)}) AS wanted
FROM members
WHERE tenant = {tenant:String}
