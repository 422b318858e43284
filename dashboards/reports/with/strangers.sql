/*
name: strangers
with: [persons]
*/
-- The judgement of the filters on persons of whom nothing is known: they are shown unless a filter asks for something.
SELECT {staff:String} != 'only' AND empty({status:Array(String)}) AND empty({faculty:Array(String)}) AND empty({chapter:Array(String)})
    AND {graduation_from:Nullable(Int64)} IS NULL AND {graduation_to:Nullable(Int64)} IS NULL AS wanted
