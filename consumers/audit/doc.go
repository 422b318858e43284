// Package audit proves that nothing was lost and nothing is counted twice, or says what is.
//
// What enters: the streams EVENTS and DEADLETTERS and the tables of the warehouse, read only.
//
// What leaves: a Report with figures, and what differs, each difference with its place, a sentence and what to do. Before the audit
// begins it fixes the last message that it answers for and waits until that one is acknowledged, so that what arrives meanwhile cannot
// make it red; what differs is looked at again after everything that was under way has been stored.
//
// What is promised on failure: an audit that cannot be finished is an error, never a report. It changes nothing, so it can be broken
// off and repeated at any time. It holds the lock of its name: no two audits run at once, in whatever processes. Memory is bounded:
// tables are compared in parts of about a million rows, the stream is read in windows.
package audit
