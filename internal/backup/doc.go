// Package backup copies the stream and the warehouse into a folder, and puts such a folder back.
//
// What enters: a running NATS and a running ClickHouse. What leaves: a folder with the streams as the server's own snapshots (sequences,
// times and headers stay), every table that cannot be derived as Native blocks, and manifest.json, which names all files with their
// SHA-256 and seals itself. Facts and rollups are not in it: restoring the log computes them.
//
// Nothing has to stand still for a backup. First the position up to which the warehouse has everything is noted, then the warehouse is
// read, and the stream EVENTS last. So the stream holds whatever the log holds, and the log holds at least everything up to the noted
// position; a restored consumer begins behind it. What lies between is delivered again, and every table takes that without a change:
// the cut need not be sharp.
//
// What is promised on failure: the manifest is written last and at once, so a folder with a manifest is a whole backup and one without
// it is none. Verify finds every changed, missing or added byte. Restore writes into empty places only; what it could not finish is
// marked, and the mark keeps every Turnout from running on it.
package backup
