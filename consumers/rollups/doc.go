// Package rollups keeps the rollups: what happened by month, recomputed from facts and replaced, a community at a time.
//
// What enters: notes of the stream DIRTY, one a community that changed. Whoever changes what facts say puts a note there afterwards.
//
// What leaves: rows of rollup_months, all of a community's months with the version of the note that asked for them.
//
// What is promised on failure: a note is acknowledged only when the rows are in; after a crash anywhere it comes again and the same rows
// are written again. Any number of processes may work at once, on the same community too: the row with the highest version stands, and
// whoever has it read facts after that version was given. What a slower one may have left behind is found after every insert and
// computed anew. Trouble with the warehouse is waited out for ever; a community whose recomputation is refused does not hold up others.
//
// Cost: a recomputation reads the facts of its communities once. Many communities go into one statement; a community that changes all the
// time is recomputed every few seconds at most, the more it costs the less often.
package rollups
