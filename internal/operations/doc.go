// Package operations is long work that an operator asks the running program for: an audit, a rebuild, an erasure.
//
// What enters: a name, a community and parameters in JSON, over HTTP (POST /v1/operations/NAME). What leaves: lines of JSON, one
// at a time: {"progress":{…}} while it works, and at last either {"result":…} or {"problem":…}.
//
// What is promised on failure: an operation that cannot begin is refused with a problem document and a status of its own. Once lines
// have begun, the last one says how it ended; an answer without such a line was cut off, and proves nothing. When the client goes away
// the operation's context ends. One operation of a name runs at a time in a process, so that impatience does not add up.
package operations
