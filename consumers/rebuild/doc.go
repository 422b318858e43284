// Package rebuild puts facts and rollups right from the log, while readers read and events arrive.
//
// What enters: the log, and what follows from it as it stands. What leaves: facts and rollups that are what the log says, a note for every
// community that changed, and figures of what was done.
//
// How: facts are compared with the log, piece by piece. A piece that differs is filled from the log again: that adds what is missing and
// puts what was changed right, and cannot do harm, since every row that goes in is one that the log says. Then the rows that the log does
// not say are taken out, one by one. So readers see every fact that was right at every moment, and nothing is switched over; one that was
// wrong may be missing for some milliseconds before the right one stands in its place. Rollups are recomputed by their own worker, which
// replaces them whole.
//
// What is promised on failure: there is no state to heal. Killed anywhere, some pieces are right and others as before; running again goes
// on. It holds the lock of the erasures, so that no erased event is copied back while it is being erased.
package rebuild
