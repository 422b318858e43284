// Package api answers over HTTP: reports and the lists behind their figures, the
// event types, the state of the pipeline, dead letters, and its own description.
//
// What enters: requests whose caller the auth middleware has put into the context.
// What leaves: JSON (CSV and NDJSON for reports), or an RFC 9457 problem document
// that names the parameter at fault. A caller bound to a community sees that
// community only; asking for another one is refused, not answered with nothing.
//
// Nothing here changes data, except that dead letters can be replayed and
// discarded by callers with the scope admin.
package api
