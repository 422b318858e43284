/*
name: persons
parameters:
  attributes: {type: enum, title: Attributes, values: [event, now], default: event, description: "Whether a person's faculty, chapter and status are taken as they were at the event, or as they are now."}
  staff: {type: enum, title: Staff, values: [exclude, include, only], default: exclude, description: "Whether persons who are staff are shown."}
  status: {type: list, title: Status, values: [candidate, ambassador], description: "Only persons with one of these statuses."}
  faculty: {type: list, title: Faculty, description: "Only persons of these faculties."}
  chapter: {type: list, title: Chapter, description: "Only persons of these chapters."}
  graduation_from: {type: integer, min: 1800, max: 2200, title: Graduated from, description: "Only persons who graduated in this year or later."}
  graduation_to: {type: integer, min: 1800, max: 2200, title: Graduated to, description: "Only persons who graduated in this year or earlier."}
*/
-- What is known of each person, each row from the day from which it held, with the
-- judgement of the filters. What was known first holds for the time before, too.
SELECT
    person_id,
    valid_from,
    kind AS person_kind,
    multiIf({staff:String} = 'include', true, {staff:String} = 'only', kind = 'staff', kind != 'staff')
        AND (empty({status:Array(String)}) OR has({status:Array(String)}, status))
        AND (empty({faculty:Array(String)}) OR has({faculty:Array(String)}, faculty))
        AND (empty({chapter:Array(String)}) OR has({chapter:Array(String)}, chapter))
        AND ({graduation_from:Nullable(Int64)} IS NULL OR ifNull(graduation_year, 0) >= {graduation_from:Nullable(Int64)})
        AND ({graduation_to:Nullable(Int64)} IS NULL OR ifNull(graduation_year, 9999) <= {graduation_to:Nullable(Int64)}) AS wanted
FROM (
    SELECT
        person_id,
        if(row_number() OVER (PARTITION BY person_id ORDER BY valid_from) = 1, toDate32('1900-01-01'), valid_from) AS valid_from,
        ifNull(toString(kind), '') AS kind,
        ifNull(toString(status), '') AS status,
        ifNull(faculty, '') AS faculty,
        ifNull(chapter_id, '') AS chapter,
        graduation_year
    FROM member_attributes
    WHERE tenant = {tenant:String} AND {attributes:String} = 'event'
    UNION ALL
    SELECT
        person_id,
        toDate32('1900-01-01'),
        ifNull(toString(kind), ''),
        ifNull(toString(status), ''),
        ifNull(faculty, ''),
        ifNull(chapter_id, ''),
        graduation_year
    FROM members
    WHERE tenant = {tenant:String} AND {attributes:String} = 'now'
)
