/*
name: giving
title: Giving participation
question: What part of our alumni gave this year?
section: Engagement
definition: >
  Alumni of record are the living alumni known at the end of the community's year (of a year that is not over: today). Donors are the alumni, as at that day, who gave anything in the year themselves;
  participation is donors by alumni of record. Those who gave through a donor-advised fund or a company stand apart: they are distinct persons of any kind, and filters look at them on the day of the gift.
  Every year from the first to the last gift is listed; from and to are about the day of the gift.
with: [aliases, persons, strangers]
dimensions:
  period: {type: string, title: Year, description: "The year in which the community's year ends."}
measures:
  alumni_of_record: {count: person_id, where: is_of_record, unit: persons, title: Alumni of record, description: "Living alumni known at the end of the year."}
  donors: {count: person_id, where: is_donor, unit: persons, description: "Distinct alumni who gave themselves."}
  participation: {ratio: [donors, alumni_of_record], unit: share, description: "Donors by alumni of record."}
  fund_donors: {count: person_id, where: is_fund_donor, unit: persons, title: Fund donors, description: "Distinct persons who gave through a donor-advised fund."}
  company_donors: {count: person_id, where: is_company_donor, unit: persons, title: Company donors, description: "Distinct persons who gave through a company."}
  unfinished: {value: unfinished, type: boolean, description: "True while the year is not over."}
order: [period]
chart: {kind: line, x: period, y: [participation]}
*/
WITH
    toDate32({as_of:DateTime64(3, 'UTC')}, {timezone:String}) AS today,
    gifts AS (
        SELECT
            if(aliases.resolved = '', donor_id, aliases.resolved) AS donor,
            toString(legal_donor) AS given_by,
            toDate32(business_time) AS given_on,
            toDateTime64(given_on, 3, 'UTC') + toIntervalDay(1) AS day_end,
            toInt64(toYear(given_on) + (formatDateTime(given_on, '%m-%d') > {year_end:String})) AS year,
            given_on >= toDate32({from:DateTime64(3, 'UTC')}, {timezone:String})
                AND given_on <= toDate32({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {timezone:String}) AS in_range
        FROM donation_received
        LEFT JOIN aliases ON aliases.person = donation_received.donor_id
        WHERE tenant = {tenant:String} AND given_on <= today
    ),
    years AS (
        SELECT
            toInt64(arrayJoin(range(first_year, last_year + 1))) AS year,
            toDate32(concat(leftPad(toString(year), 4, '0'), '-', {year_end:String})) AS last_day,
            last_day >= today AS unfinished,
            toDateTime64(least(last_day, today), 3, 'UTC') + toIntervalDay(1) AS year_ends
        FROM (SELECT toUInt16(min(year)) AS first_year, toUInt16(max(year)) AS last_year FROM gifts HAVING count() > 0)
        WHERE last_day >= toDate32({from:DateTime64(3, 'UTC')}, {timezone:String})
            AND subtractYears(last_day, 1) < toDate32({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {timezone:String})
    ),
    alumni AS (
        SELECT years.year AS year, everyone.person_id AS person_id, living
        FROM (SELECT DISTINCT person_id FROM persons) AS everyone
        CROSS JOIN years
        INNER ASOF JOIN persons ON persons.person_id = everyone.person_id AND persons.valid_from < years.year_ends
        WHERE wanted AND person_kind = 'alumnus' AND known_since < year_ends
    ),
    own AS (SELECT DISTINCT year, donor FROM gifts WHERE in_range AND given_by = 'self'),
    found AS (
        SELECT alumni.year AS year, person_id, living AS is_of_record, own.donor != '' AS is_donor, '' AS apart
        FROM alumni
        LEFT JOIN own ON own.year = alumni.year AND own.donor = alumni.person_id
        WHERE is_of_record OR is_donor
        UNION ALL
        SELECT year, donor, false, false, given_by
        FROM (SELECT year, donor, given_by, day_end FROM gifts WHERE in_range AND given_by != 'self') AS apart
        LEFT ASOF JOIN persons ON persons.person_id = apart.donor AND persons.valid_from < apart.day_end
        WHERE if(persons.person_id != '', persons.wanted, (SELECT wanted FROM strangers))
    )
SELECT
    leftPad(toString(years.year), 4, '0') AS period,
    nullIf(found.person_id, '') AS person_id,
    is_of_record,
    is_donor,
    apart = 'donor_advised_fund' AS is_fund_donor,
    apart = 'company' AS is_company_donor,
    unfinished
FROM years
LEFT JOIN found ON found.year = years.year
