/*
name: chosen
with: [held]
parameters:
  kind: {type: list, title: Kind of gathering, values: [meeting, strategic_session, working_session, student_meeting, excursion, graduation_ceremony, social, webinar], description: "Only gatherings of these kinds."}
  gathering_chapter:
    type: list
    title: Organising chapter
    description: Only gatherings of these chapters.
    choices: |
      SELECT value, if(named.name = '', value, named.name) AS text
      FROM (SELECT DISTINCT chapter_id AS value FROM gatherings WHERE tenant = {tenant:String} AND chapter_id != '') AS chapters
      LEFT JOIN (SELECT group_id, name FROM group_defined WHERE tenant = {tenant:String}) AS named ON named.group_id = chapters.value
*/
-- The gatherings that the filters choose, each with the number of its period:
-- months, quarters and years are counted from the year 0, gatherings from 1.
SELECT
    *,
    multiIf(
        {grain:String} = 'gathering', toInt64(if(recorded, sum(recorded) OVER (ORDER BY starts_at, gathering_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW), 0)),
        {grain:String} = 'year', toInt64(toYear(local_date)),
        {grain:String} = 'quarter', toInt64(toYear(local_date)) * 4 + toQuarter(local_date) - 1,
        toInt64(toYear(local_date)) * 12 + toMonth(local_date) - 1
    ) AS period_number,
    leftPad(toString(toYear(local_date)), 4, '0') AS year_label,
    multiIf(
        {grain:String} = 'gathering', gathering_id,
        {grain:String} = 'year', year_label,
        {grain:String} = 'quarter', concat(year_label, '-Q', toString(toQuarter(local_date))),
        concat(year_label, '-', leftPad(toString(toMonth(local_date)), 2, '0'))
    ) AS period_label
FROM held
WHERE (empty({kind:Array(String)}) OR has({kind:Array(String)}, kind))
    AND (empty({gathering_chapter:Array(String)}) OR has({gathering_chapter:Array(String)}, gathering_chapter))
