/*
name: giving-sums
title: Gifts by currency
question: How much was given, in which currency?
section: Engagement
definition: >
  Gifts of all donors, funds and companies among them, by the community's year and currency; currencies are never added up. The amount is in the currency's own unit: the number of decimals is that
  of ISO 4217 (none for the yen, three for the Kuwaiti dinar). Every year from the first to the last gift is listed for every currency in use. Filters are about the donor on the day of the gift.
with: [resolve, persons, strangers]
dimensions:
  period: {type: string, title: Year, description: "The year in which the community's year ends."}
  currency: {type: string, description: "The code of ISO 4217."}
measures:
  gifts: {rows: true, persons: donors, where: is_gift, unit: gifts, description: "Gifts."}
  donors: {count: person_id, unit: persons, description: "Distinct donors."}
  amount_minor: {sum: amount_minor, type: integer, persons: donors, unit: minor units, title: In minor units, description: "Sum in the smallest unit of the currency."}
  amount: {sum: amount, persons: donors, unit: currency, description: "Sum in the currency."}
  cash: {sum: amount, where: is_cash, persons: cash_donors, unit: currency, description: "Of this, in cash."}
  in_kind: {sum: amount, where: is_in_kind, persons: in_kind_donors, unit: currency, title: In kind, description: "Of this, the value of gifts in kind."}
  pledge: {sum: amount, where: is_pledge, persons: pledge_donors, unit: currency, title: Pledges, description: "Of this, payments of pledges."}
  cash_donors: {count: person_id, where: is_cash, unit: persons, title: Donors of cash, description: "Distinct donors of cash."}
  in_kind_donors: {count: person_id, where: is_in_kind, unit: persons, title: Donors in kind, description: "Distinct donors of things."}
  pledge_donors: {count: person_id, where: is_pledge, unit: persons, title: Donors of pledges, description: "Distinct donors who paid what they had pledged."}
  unfinished: {value: unfinished, type: boolean, description: "True while the year is not over."}
parts:
  - {total: amount, of: [cash, in_kind, pledge]}
  - {total: amount, of: [amount_minor]}
order: [period, currency]
chart: {kind: bar, x: period, y: [amount]}
*/
WITH
    toDate32({as_of:DateTime64(3, 'UTC')}, {timezone:String}) AS today,
    gifts AS (
        SELECT
            gift_id,
            resolve(donor_id) AS donor,
            toString(currency) AS code,
            toString(kind) AS gift_kind,
            ifNull(amount_minor, 0) AS minor,
            toDate32(business_time) AS given_on,
            toDateTime64(given_on, 3, 'UTC') + toIntervalDay(1) AS day_end,
            toInt64(toYear(given_on) + (formatDateTime(given_on, '%m-%d') > {year_end:String})) AS year
        FROM donation_received
        WHERE tenant = {tenant:String} AND given_on <= today
    ),
    years AS (
        SELECT
            toInt64(arrayJoin(range(first_year, last_year + 1))) AS year,
            arrayJoin(codes) AS code,
            toDate32(concat(leftPad(toString(year), 4, '0'), '-', {year_end:String})) AS last_day,
            last_day >= today AS unfinished
        FROM (SELECT toUInt16(min(year)) AS first_year, toUInt16(max(year)) AS last_year, groupUniqArray(code) AS codes FROM gifts HAVING count() > 0)
        WHERE last_day >= toDate32({from:DateTime64(3, 'UTC')}, {timezone:String})
            AND subtractYears(last_day, 1) < toDate32({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {timezone:String})
    ),
    found AS (
        SELECT gift_id, donor, code, gift_kind, minor, given_on, year
        FROM gifts
        LEFT ASOF JOIN persons ON persons.person_id = gifts.donor AND persons.valid_from < gifts.day_end
        WHERE if(persons.person_id != '', persons.wanted, (SELECT wanted FROM strangers))
            AND given_on >= toDate32({from:DateTime64(3, 'UTC')}, {timezone:String})
            AND given_on <= toDate32({to:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {timezone:String})
    )
SELECT
    leftPad(toString(years.year), 4, '0') AS period,
    years.code AS currency,
    nullIf(found.gift_id, '') AS gift_id,
    nullIf(found.donor, '') AS person_id,
    if(found.gift_id = '', NULL, given_on) AS given_on,
    nullIf(gift_kind, '') AS kind,
    found.gift_id != '' AS is_gift,
    if(found.gift_id = '', NULL, minor) AS amount_minor,
    -- Decimals of ISO 4217: two unless it says something else.
    multiIf(
        currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'), 1,
        currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'), 1000,
        currency IN ('CLF', 'UYW'), 10000,
        100
    ) AS minor_units,
    if(found.gift_id = '', NULL, toDecimal128(minor, 4) / toInt64(minor_units)) AS amount,
    gift_kind = 'cash' AS is_cash,
    gift_kind = 'in_kind' AS is_in_kind,
    gift_kind = 'pledge_payment' AS is_pledge,
    unfinished
FROM years
LEFT JOIN found ON found.year = years.year AND found.code = years.code
