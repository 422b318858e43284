// Package schemas is the contract: what an event is, and what of it the warehouse stores.
//
// What enters: bytes from outside (DecodeStructured, DecodeBinary, SplitBatch, SplitLines) and schema files (Builtin, Load).
// What leaves: an Event, a Violation that says what is wrong with it, where and what to do, and a Record.
// What is promised: the same statement gives the same Record whatever its key order, white space or transport mode;
// on failure nothing is returned in part, and every error about an event is a *Violation.
//
// The JSON Schema files in events are the source of everything: validation, columns, typed views, reference documents and the AsyncAPI
// document. Adding an event type is adding one file.
//
// # The annotation object
//
// Beside JSON Schema 2020-12 each file holds "x-turnout":
//
//	key              the data fields that make the business key, in order
//	person           the data field with the person who acts
//	gathering        the data field with the gathering
//	mode             how it counts as engagement: a word, or {field, values, default, when}; without a person there is none
//	time             the data field with the business time; absent, the event's time counts
//	promote          the fields that are columns of the warehouse's tables
//	personal         the fields that hold a person's id: erasure looks there
//	refs             what entity a field is an id of
//	order            pairs of fields of which the first is never after (or more than) the second
//	counter_examples data that must be refused, and where
//
// # Definitions that never change
//
// These are stored, so that a change would make two facts of one. Golden tests hold them.
//
//   - Key: the key fields' values as a JSON array in canonical form (RFC 8785). A date-time is brought to UTC and milliseconds first,
//     zeros at the end of its fraction left out.
//   - KeyHash: the first 32 bits of SHA-256("type\x00" + base), then the first 96 bits of SHA-256("key\x00" + base + "\x00" + key),
//     where base is the type's name without its version. Facts of one type stand together, and versions of a type share their keys.
//   - ContentHash: the first 64 bits of SHA-256 over type, subject, time, recordedtime (or else time), revision, voided, reason and data.
//     Texts have their length in 4 bytes before them, times are 8 bytes of Unix milliseconds, revision 4 bytes, voided 1, all big endian.
//     Tenant, source, id, traceparent and dataschema take no part.
//   - Version: revision << 96 | recordedtime (or else time) in milliseconds since 1900 << 52 | the first 52 bits of
//     SHA-256(source, id, ContentHash). The higher one wins, whatever order they come in.
//   - Times are cut down to the millisecond, towards the past, also before 1970.
//
// # Limits
//
// An event is at most MaxEventBytes long and nests at most MaxDepth levels; times lie from 1900 to 2100; numbers are what
// IEEE 754 doubles hold, so integers keep within 2^53.
package schemas
