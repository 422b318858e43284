// Package erasure makes the pipeline forget a person: in the stream, the log, the facts, the rollups and the dead letters.
//
// What enters: requests (erasures.Pending) that a consumer kept when it stored an event member.erased.
//
// What leaves: nothing of the person. Events that are about them go (policy delete) or stay under a fresh random id (anonymise); events
// that only name them stay without the name. Messages of the stream are published again without them and then overwritten; rows are
// deleted by mutations, which write the parts of the tables anew; letters are overwritten. A receipt says what was removed where.
//
// What is promised on failure: every step may be repeated, and an interruption anywhere leaves either the event as it was or both the
// old and the new form of it, which count as one; the next pass finds what is left. The person is on the list of erased persons before
// the first byte goes, and the work begins when every event that was in the stream by then has been stored and acknowledged: nothing
// that is under way can put back what was taken out. A request is done only when a whole pass over everything has found nothing.
package erasure
