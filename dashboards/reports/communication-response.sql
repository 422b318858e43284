/*
name: communication-response
title: Communication response
question: How many of those we wrote to answered?
section: Engagement
definition: >
  Responders are the distinct persons who did anything in answer to a campaign but open it: clicked, replied, filled in a survey, updated their profile or shared. The response rate is responders by
  delivered. A campaign known only by its responses has a row, too; how many it was delivered to is not known then. Campaigns are chosen by the day on which they were sent, else that of their first response;
  their responses count whenever they came. Filters on persons are about responders, on the day of the response.
with: [resolve, persons, strangers]
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
    -- The responses; of those that only opened, one stands for all of a campaign.
    answered AS (
        SELECT
            responded.campaign_id AS campaign_id,
            if(action = 'opened', '', responded.response_id) AS response,
            any(if(action = 'opened', '', resolve(responded.person_id))) AS person_id,
            any(toString(action)) AS act,
            min(business_time) AS responded_at
        FROM communication_responded AS responded
        WHERE tenant = {tenant:String} AND campaign_id != '' AND business_time <= {as_of:DateTime64(3, 'UTC')}
        GROUP BY campaign_id, response
    ),
    told AS (
        SELECT
            campaign_id, '' AS person_id, '' AS act, business_time AS at, true AS is_campaign, toString(channel) AS channel, segment,
            recipients, delivered
        FROM communication_sent
        WHERE tenant = {tenant:String} AND business_time <= {as_of:DateTime64(3, 'UTC')}
        UNION ALL
        SELECT
            campaign_id, if(answered.person_id != '' AND if(persons.person_id != '', persons.wanted, (SELECT wanted FROM strangers)), answered.person_id, ''),
            act, responded_at, false, '', '', NULL, NULL
        FROM (SELECT *, toDateTime64(toDate32(responded_at, {timezone:String}), 3, 'UTC') + toIntervalDay(1) AS day_end FROM answered) AS answered
        LEFT ASOF JOIN persons ON persons.person_id = answered.person_id AND persons.valid_from < answered.day_end
    )
SELECT
    told.campaign_id AS campaign_id,
    nullIf(told.person_id, '') AS person_id,
    if(told.person_id = '', NULL, told.act) AS action,
    if(told.person_id = '', NULL, told.at) AS responded_at,
    countIf(told.is_campaign) OVER campaign = 0 AS is_unsent,
    if(told.is_campaign, told.at, NULL) AS sent_at,
    nullIf(told.channel, '') AS channel,
    nullIf(told.segment, '') AS segment,
    told.recipients AS recipients,
    told.delivered AS delivered
FROM told
WINDOW campaign AS (PARTITION BY told.campaign_id)
QUALIFY (if(is_unsent, min(told.at) OVER campaign, maxIf(told.at, told.is_campaign) OVER campaign) AS chosen_by) >= {from:DateTime64(3, 'UTC')}
    AND chosen_by < {to:DateTime64(3, 'UTC')}
    AND (told.is_campaign OR told.person_id != '' OR is_unsent)
