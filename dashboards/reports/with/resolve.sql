/*
name: resolve
with: [aliases]
function: id
*/
-- Who a person is now, by an id. To look it up costs less than a join, which is planned wherever it stands.
transform(id, all_aliases.1, all_aliases.2, id)
