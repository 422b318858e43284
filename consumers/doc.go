// Package consumers is everything that begins in a pull: it takes events out of the stream and into the warehouse.
//
// What enters: messages of the stream EVENTS, each with one event or a pack, at least once and in any order.
//
// What leaves: rows in the warehouse (events, and by its view facts; receipts), and dead letters: every event of a message becomes one
// or the other; and a note for every community whose figures changed (stream.Dirty). What was stored is announced on core NATS, a tenant at a time (stream.Announcement); nobody keeps it.
//
// Events of a person who was erased are left out (Erased): every batch is held against the list of them right before it is stored, and
// once more before it is acknowledged. A request to be forgotten is kept before the event that carries it is acknowledged; the worker in
// consumers/erasure does the rest.
//
// What is promised on failure: a message is acknowledged only when everything in it is stored or kept as a dead letter, and
// the change is noted. Trouble with the
// warehouse or the stream is waited out for ever; only an error that blames the data is bisected, until the row that the warehouse
// refuses is a dead letter with its reason and the rest is in. After a crash anywhere messages come again and change nothing, because
// the tables are idempotent. Several consumers, in any number of processes, share the work through one durable consumer.
package consumers
