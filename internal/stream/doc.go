// Package stream is the JetStream side of the pipeline: how messages are
// named, what they may carry, which streams keep them, and where letters that
// could not be delivered lie.
//
// What enters: messages on turnout.events.<tenant>.<type> (one event),
// turnout.packs.<tenant> (a pack of one tenant's events) and turnout.packs (a
// gateway's pack, whose events carry their tenants).
//
// What leaves: Incoming, one a decoded or refused event; DeadLetter; and, on
// turnout.stored.<tenant>, an Announcement of what is in the warehouse; and, on
// turnout.dirty.<tenant>, a note that what readers see of a community changed.
//
// What is promised on failure: Explode never panics and never drops: every
// event of a message comes out, decoded or with the Violation that says why
// not. DeadLetters.Put may be repeated: a position is kept once, and nothing is
// discarded to make room. Dirty.Touch returns only when every note is
// acknowledged; noting twice only raises the version twice.
package stream
