/*
name: aliases
columns: [person, resolved]
*/
-- Merged persons and who they are now. Merges are few: they are read once in a query.
SELECT person, resolved
FROM person_aliases
WHERE tenant = {tenant:String}
