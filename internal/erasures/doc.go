// Package erasures keeps who asked to be forgotten, and who is not to come back.
//
// What enters: requests (an event member.erased that a consumer stored), receipts of what was erased, and the ids of erased persons.
//
// What leaves: in the bucket ERASURES, a request until it is done (only so long does it hold the person's id) and a receipt afterwards; in
// the bucket SUPPRESSED, the list of erased persons as keyed hashes (HMAC-SHA-256 of community and id, cut to 128 bits), without any
// id. The key of the hashes is a random secret in the same bucket: whoever has it can test a guess, nobody can list the persons.
//
// What is promised on failure: a request is kept before the event that carries it is acknowledged, and asking again changes nothing.
// Refresh answers only when everything that was on the list at its call is known here, so that whoever stores after it stores nothing
// of a person who was on the list before. Finish overwrites the request's bytes; interrupted, it may be called again.
package erasures
