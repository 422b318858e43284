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
-- What is known of each person, each row from the moment from which it held, with the
-- judgement of the filters. What was known first holds for the time before, too.
-- Who asks for a day takes what held at its end: dates of changes are days of the community.
SELECT
    person_id,
    valid_from,
    known_since,
    kind AS person_kind,
    status,
    faculty,
    chapter,
    graduation_year,
    living,
    contactable,
    multiIf({staff:String} = 'include', true, {staff:String} = 'only', kind = 'staff', kind != 'staff')
        AND (empty({status:Array(String)}) OR has({status:Array(String)}, status))
        AND (empty({faculty:Array(String)}) OR has({faculty:Array(String)}, faculty))
        AND (empty({chapter:Array(String)}) OR has({chapter:Array(String)}, chapter))
        AND ({graduation_from:Nullable(Int64)} IS NULL OR ifNull(graduation_year, 0) >= {graduation_from:Nullable(Int64)})
        AND ({graduation_to:Nullable(Int64)} IS NULL OR ifNull(graduation_year, 9999) <= {graduation_to:Nullable(Int64)}) AS wanted
FROM (
    SELECT
        person_id,
        min(attributes.valid_from) OVER (PARTITION BY person_id) AS known_since,
        maxIf(attributes.valid_from, attributes.valid_from <= {now:DateTime64(3, 'UTC')}) OVER (PARTITION BY person_id) AS last_changed,
        if(attributes.valid_from = known_since OR {attributes:String} = 'now', toDateTime64('1900-01-01 00:00:00', 3, 'UTC'), attributes.valid_from) AS valid_from,
        kind,
        status,
        faculty,
        chapter_id AS chapter,
        graduation_year,
        living,
        contactable
    FROM member_attributes AS attributes
    WHERE tenant = {tenant:String}
    QUALIFY {attributes:String} = 'event' OR attributes.valid_from = last_changed
)
