// Package embedded runs the two engines that turnout brings along, so that one
// program on one machine needs nothing else: a NATS server with JetStream inside
// the process, and ClickHouse (libchdb, see chdb) in a child process of the same
// binary that serves ClickHouse's HTTP interface (see chhttp) on loopback.
//
// What enters is a folder and an address for each; what leaves is a URL that any
// client of a real server can use. The same URLs may name real servers instead;
// nothing above this package knows the difference.
//
// Promises on failure: a folder or port that is in use is refused with a sentence
// that says by whom; JetStream has on disk what it acknowledged (strict) or loses
// at most a second of it in a power cut (balanced); a ClickHouse child that dies
// is started again on the same port with growing pauses, Healthy tells so
// meanwhile, and the child never outlives its parent.
package embedded
