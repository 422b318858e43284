// Package app wires the stages to the engines: it starts them in the order of
// the data's way and stops them in the reverse, so that each can hand on what
// it still holds.
//
// What enters: a checked configuration.
// What leaves: a running program; its end is nil after an orderly stop.
// On failure: what was started is stopped again, and the error says what to do.
package app
