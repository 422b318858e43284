/*
name: persons
parameters:
  attributes: {type: enum, title: Attributes, values: [event, now], default: event, description: "Whether what is known of a person (kind, status, faculty, chapter, graduation, whether living and contactable) is taken as it was at the event, or as it is now."}
  staff: {type: enum, title: Staff, values: [exclude, include, only], default: exclude, description: "Whether persons who are staff are shown."}
  status: {type: list, title: Status, values: [candidate, ambassador], description: "Only persons with one of these statuses."}
  faculty:
    type: list
    title: Faculty
    description: Only persons of these faculties.
    choices: SELECT DISTINCT faculty AS value, faculty AS text FROM member_attributes WHERE tenant = {tenant:String} AND faculty != ''
  chapter:
    type: list
    title: Chapter
    description: Only persons of these chapters.
    choices: |
      SELECT value, if(named.name = '', value, named.name) AS text
      FROM (SELECT DISTINCT chapter_id AS value FROM member_attributes WHERE tenant = {tenant:String} AND chapter_id != '') AS chapters
      LEFT JOIN (SELECT group_id, name FROM group_defined WHERE tenant = {tenant:String}) AS named ON named.group_id = chapters.value
  graduation_from: {type: integer, min: 1800, max: 2200, title: Graduated from, description: "Only persons who graduated in this year or later."}
  graduation_to: {type: integer, min: 1800, max: 2200, title: Graduated to, description: "Only persons who graduated in this year or earlier."}
*/
-- What is known of each person, each row from the day on which it held, with the judgement
-- of the filters. What was known first holds for the time before, too. Days are those of the
-- community, written as midnights UTC; who asks for a day takes what held at its end. Of what
-- was said of one day a registration comes first, then updates, consents, a leaving.
-- Who withdrew from analytics is ' withdrawn' in all views, and nowhere wanted.
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
    person_id != ' withdrawn'
        AND multiIf({staff:String} = 'include', true, {staff:String} = 'only', kind = 'staff', kind != 'staff')
        AND (empty({status:Array(String)}) OR has({status:Array(String)}, status))
        AND (empty({faculty:Array(String)}) OR has({faculty:Array(String)}, faculty))
        AND (empty({chapter:Array(String)}) OR has({chapter:Array(String)}, chapter))
        AND ({graduation_from:Nullable(Int64)} IS NULL OR ifNull(graduation_year, 0) >= {graduation_from:Nullable(Int64)})
        AND ({graduation_to:Nullable(Int64)} IS NULL OR ifNull(graduation_year, 9999) <= {graduation_to:Nullable(Int64)}) AS wanted
FROM (
    SELECT
        person_id,
        min(day) OVER everything AS known_since,
        maxIf(day, day <= toDate32({now:DateTime64(3, 'UTC')}, {timezone:String})) OVER everything AS last_changed,
        if(day = known_since OR {attributes:String} = 'now', toDateTime64('1900-01-01 00:00:00', 3, 'UTC'), day) AS valid_from,
        ifNull(anyLast(nullIf(said.kind, '')) OVER sofar, '') AS kind,
        ifNull(anyLast(nullIf(said.status, '')) OVER sofar, '') AS status,
        ifNull(anyLast(nullIf(said.faculty, '')) OVER sofar, '') AS faculty,
        ifNull(anyLast(nullIf(said.chapter_id, '')) OVER sofar, '') AS chapter,
        anyLast(said.graduation_year) OVER sofar AS graduation_year,
        ifNull(anyLast(said.living) OVER sofar, true) AS living,
        ifNull(anyLast(said.contactable) OVER sofar, true) AS contactable
    FROM (
        SELECT
            person_id, kind, status, faculty, chapter_id, graduation_year, living, contactable, step, valid_from AS said_at, version,
            toDateTime64(if(step = 1, toDate32(valid_from), toDate32(ifNull(joined_at, valid_from), {timezone:String})), 3, 'UTC') AS day
        FROM member_changes
        WHERE tenant = {tenant:String}
    ) AS said
    WINDOW
        everything AS (PARTITION BY person_id),
        sofar AS (PARTITION BY person_id ORDER BY day, step, said_at, version ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
        upcoming AS (PARTITION BY person_id ORDER BY day, step, said_at, version ROWS BETWEEN 1 FOLLOWING AND 1 FOLLOWING)
    -- The last row of a day has all that was said of it.
    QUALIFY ({attributes:String} = 'event' OR day = last_changed OR person_id = ' withdrawn') AND ifNull(maxOrNull(day) OVER upcoming != day, true)
)
