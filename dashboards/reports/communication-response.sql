/*
name: communication-response
title: Communication response
question: How many of those we wrote to answered?
section: Engagement
definition: >
  Responders are the distinct persons who did anything in answer to a campaign but open it: clicked, replied, filled in a survey, updated their profile or shared. The response rate is responders by
  delivered. A campaign known only by its responses has a row, too; how many it was delivered to is not known then. Campaigns are chosen by the day on which they were sent, else that of their first response;
  their responses count whenever they came. Filters on persons are about responders, on the day of the response.
with: [aliases, persons, strangers]
dimensions:
  campaign_id: {type: string, title: Campaign, description: "The campaign's id."}
measures:
  sent_at: {value: sent_at, type: datetime, title: Sent, null_text: not recorded, description: "When it was sent."}
  channel: {value: channel, null_text: not recorded, description: "email, messenger, phone or post."}
  segment: {value: segment, null_text: not recorded, description: "To whom it was addressed."}
  recipients: {sum: recipients, null_when: is_unsent, null_text: not recorded, type: integer, persons: none, unit: messages, description: "How many it was sent to."}
  delivered: {sum: delivered, null_when: is_unsent, null_text: not recorded, type: integer, persons: none, unit: messages, description: "How many it reached."}
  responders: {count: person_id, unit: persons, description: "Distinct persons who did anything but open it."}
  response_rate: {ratio: [responders, delivered], null_text: not recorded, unit: share, title: Response rate, description: "Responders by delivered."}
order: [sent_at, campaign_id]
chart: {kind: bar, x: campaign_id, y: [response_rate]}
*/
WITH
    sent AS (
        SELECT campaign_id, business_time AS sent_at, toString(channel) AS channel, segment, recipients, delivered
        FROM communication_sent
        WHERE tenant = {tenant:String} AND business_time <= {as_of:DateTime64(3, 'UTC')}
    ),
    -- One row for each response; of a campaign of which nothing else is known, the first tells its time.
    answered AS (
        SELECT
            campaign_id,
            if(aliases.resolved = '', responded.person_id, aliases.resolved) AS person_id,
            toString(action) AS action,
            business_time AS responded_at,
            toDateTime64(toDate32(business_time, {timezone:String}), 3, 'UTC') + toIntervalDay(1) AS day_end,
            row_number() OVER (PARTITION BY campaign_id ORDER BY business_time, version) = 1 AS is_first_response
        FROM communication_responded AS responded
        LEFT JOIN aliases ON aliases.person = responded.person_id
        WHERE tenant = {tenant:String} AND campaign_id != '' AND business_time <= {as_of:DateTime64(3, 'UTC')}
    ),
    judged AS (
        SELECT
            campaign_id, answered.person_id AS person_id, action, responded_at, is_first_response,
            action != 'opened' AND if(persons.person_id != '', persons.wanted, (SELECT wanted FROM strangers)) AS is_response
        FROM answered
        LEFT ASOF JOIN persons ON persons.person_id = answered.person_id AND persons.valid_from < answered.day_end
    ),
    told AS (
        SELECT campaign_id, '' AS person_id, '' AS action, sent_at AS at, true AS is_campaign, false AS is_first_response
        FROM sent
        UNION ALL
        SELECT campaign_id, if(is_response, person_id, ''), if(is_response, action, ''), responded_at, false, is_first_response
        FROM judged
        WHERE is_response OR is_first_response
    )
SELECT
    told.campaign_id AS campaign_id,
    nullIf(told.person_id, '') AS person_id,
    nullIf(told.action, '') AS action,
    if(told.person_id = '', NULL, told.at) AS responded_at,
    sent.campaign_id = '' AS is_unsent,
    if(is_unsent, NULL, sent.sent_at) AS sent_at,
    nullIf(sent.channel, '') AS channel,
    nullIf(sent.segment, '') AS segment,
    if(told.is_campaign, sent.recipients, NULL) AS recipients,
    if(told.is_campaign, sent.delivered, NULL) AS delivered
FROM told
LEFT JOIN sent ON sent.campaign_id = told.campaign_id
QUALIFY ifNull(sent_at, minIf(told.at, told.is_first_response) OVER (PARTITION BY campaign_id)) >= {from:DateTime64(3, 'UTC')}
    AND ifNull(sent_at, minIf(told.at, told.is_first_response) OVER (PARTITION BY campaign_id)) < {to:DateTime64(3, 'UTC')}
    AND (told.is_campaign OR told.person_id != '' OR is_unsent)
