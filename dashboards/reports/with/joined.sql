/*
name: joined
with: [resolve]
*/
-- When each person joined first.
SELECT person_id, min(at) AS joined_at
FROM (
    SELECT resolve(member_registered.person_id) AS person_id, assumeNotNull(joined_at) AS at
    FROM member_registered
    WHERE tenant = {tenant:String} AND joined_at IS NOT NULL
)
GROUP BY person_id
