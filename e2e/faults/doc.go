// Package faults breaks a running Turnout on purpose and counts afterwards.
//
// What enters: a seed. It chooses the communities, their events, the ways in which they are published, and the fault.
//
// What leaves: a verdict a round. Every acknowledged event counts once, an unacknowledged one at most once; reports, facts and rollups
// are what a plain map of the same events says; dead letters are exactly the expected ones; memory and descriptors are back where they
// were. A round that fails leaves its data folder and its log, and says how to run it again.
//
// A kind of fault is one file, kind_<name>.go, and a line in Kinds. The real program runs in processes of its own, built with the tag
// `faults`; nothing here is linked into a release.
package faults
