/*
name: giving
title: Giving participation
question: What part of our alumni gave this year?
section: Engagement
definition: >
  Alumni of record are the living alumni known at the end of the community's year (of a year that is not over: today). Donors are the alumni, as at that day, who gave anything in the year themselves;
  participation is donors by alumni of record. Those who gave through a donor-advised fund or a company stand apart: they are distinct persons of any kind, and filters look at them on the day of the gift.
  Every year from the first to the last gift is listed; from and to are about the day of the gift.
with: [resolve, persons, strangers]
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
            resolve(donor_id) AS donor,
            toString(legal_donor) AS given_by,
            toDate32(business_time) AS given_on,
            toDateTime64(given_on, 3, 'UTC') + toIntervalDay(1) AS day_end,
            toInt64(toYear(given_on) + (formatDateTime(given_on, '%m-%d') > {year_end:String})) AS year,
            given_on >= toDate32({from:DateTime64(3, 'UTC')}, {timezone:String})
                AND given_on <= toDate32({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {timezone:String}) AS in_range
        FROM donation_received
        WHERE tenant = {tenant:String} AND given_on <= today
    ),
    -- The years that are shown, each with the end of the day on which it is judged.
    (
        SELECT groupArray((year, toDateTime64(least(last_day, today), 3, 'UTC') + toIntervalDay(1)))
        FROM (
            SELECT
                toInt64(arrayJoin(range(first_year, last_year + 1))) AS year,
                toDate32(concat(leftPad(toString(year), 4, '0'), '-', {year_end:String})) AS last_day
            FROM (SELECT toUInt16(min(year)) AS first_year, toUInt16(max(year)) AS last_year FROM gifts HAVING count() > 0)
        )
        WHERE last_day >= toDate32({from:DateTime64(3, 'UTC')}, {timezone:String})
            AND subtractYears(last_day, 1) < toDate32({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {timezone:String})
    ) AS years,
    donors AS (
        SELECT
            donor,
            groupUniqArrayIf(year, given_by = 'self') AS own_years,
            groupUniqArrayIf((year, given_by, day_end), given_by != 'self') AS apart
        FROM gifts
        WHERE in_range
        GROUP BY donor
    ),
    -- Everyone with what was known when, so that each person is read once for all years.
    everyone AS (
        SELECT
            person_id, any(known_since) AS known,
            arraySort(groupArray((valid_from, wanted, wanted AND person_kind = 'alumnus', living))) AS versions
        FROM persons
        GROUP BY person_id
    ),
    -- A person's years as an alumnus (of record, donor), and the gifts apart.
    found AS (
        SELECT
            who,
            arrayJoin(arrayConcat(
                arrayFilter(act -> act.2 OR act.3, arrayMap(
                    (y, then) -> (y.1, then.3 AND then.4 AND known < y.2, then.3 AND known < y.2 AND has(own_years, y.1), ''),
                    years, arrayMap(y -> arrayLast(v -> v.1 < y.2, versions), years)
                )),
                arrayMap(g -> (g.1, false, false, g.2), arrayFilter(
                    g -> if(empty(versions), (SELECT wanted FROM strangers), arrayLast(v -> v.1 < g.3, versions).2) AND has(years.1, g.1), apart
                ))
            )) AS act
        FROM (
            SELECT if(everyone.person_id = '', donor, everyone.person_id) AS who, known, versions, own_years, apart
            FROM everyone
            FULL JOIN donors ON donors.donor = everyone.person_id
        )
        UNION ALL
        -- Each year has a row, though nobody be known.
        SELECT '', arrayJoin(arrayMap(y -> (y.1, false, false, ''), years))
    )
SELECT
    leftPad(toString(act.1), 4, '0') AS period,
    nullIf(who, '') AS person_id,
    act.2 AS is_of_record,
    act.3 AS is_donor,
    act.4 = 'donor_advised_fund' AS is_fund_donor,
    act.4 = 'company' AS is_company_donor,
    toDate32(concat(period, '-', {year_end:String})) >= today AS unfinished
FROM found
