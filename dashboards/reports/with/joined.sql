/*
name: joined
with: [aliases]
*/
-- When each person joined first.
SELECT person_id, min(at) AS joined_at
FROM (
    SELECT if(aliases.resolved = '', member_registered.person_id, aliases.resolved) AS person_id, assumeNotNull(joined_at) AS at
    FROM member_registered
    LEFT JOIN aliases ON aliases.person = member_registered.person_id
    WHERE tenant = {tenant:String} AND joined_at IS NOT NULL
)
GROUP BY person_id
