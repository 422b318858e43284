// Package producers is everything that ends in a publish: how events get into
// the stream.
//
// What enters: CloudEvents 1.0 in JSON, from a program (HTTP, Direct, Packer), from
// files (PublishFile), or over the wire (package gateway).
//
// What leaves: messages in the stream EVENTS, each one event or a pack of at
// most 1,000, and one Result for every event that entered, in the same order.
//
// What is promised on failure: Accepted means that JetStream has the event on
// disk. Rejected means that it was not stored and never will be by itself: it is
// wrong, and the result says what, where and what to do. Everything else is an
// error: the events without a result may or may not be stored, and sending them
// again is always safe, since the warehouse counts an event's identity once.
package producers
