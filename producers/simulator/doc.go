// Package simulator makes communities up: the events of a university's
// ambassadors, or of many universities, as its systems would have sent them.
//
// What enters: a Config, of which every field is part of the outcome.
//
// What leaves: Items, each one event in structured JSON, in the order in which
// they would arrive. The same Config gives the same bytes on every machine:
// chance comes from PCG generators seeded by the Config, all arithmetic is on
// whole numbers, and the clock is never asked. Faults are part of it: events are
// repeated, late, out of order, corrected, voided and malformed, persons are
// known by two ids and merged. An Item says what was done to it; package oracle
// says what the figures are all the same.
//
// What is promised on failure: only a Config that cannot be simulated is refused.
// Memory is bounded by the persons of one community and the events of some months.
package simulator
