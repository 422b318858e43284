// Package gateway takes events over HTTP into the stream.
//
// What enters: POST in the CloudEvents 1.0 HTTP binding (structured, batched or
// binary mode) or NDJSON of structured events, gzip or zstd if the client likes;
// OPTIONS of the CloudEvents webhook handshake.
//
// What leaves: packs of validated events on the subject turnout.packs, each event
// in one canonical line with its tenant, and an answer with one result for every
// event. Concurrent requests are committed together: while a commit or two are
// under way, what arrives goes into the next pack, and nothing ever waits for
// company.
//
// What is promised on failure:
//   - 202 is answered only after JetStream acknowledged every accepted event,
//     which means that it is on disk.
//   - An event that was reported rejected was not stored, and the others of its
//     request do not suffer for it. 422 means that none was accepted.
//   - 4xx with a problem document means that nothing of the request was stored.
//   - 503 means that the fate of the request's valid events is not known, or that
//     they were turned away; sending all of it again is always safe.
//   - What was queued is committed even when its client has gone.
//   - Memory is bounded: bodies being read, events in the queue and events of one
//     client each have a limit, and past it requests are answered 429 or 503.
package gateway
