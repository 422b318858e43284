// Package auth says who is calling and what they may do.
//
// What enters: a bearer key of the form tk_<id>_<secret> and the key file that
// `turnout keys` writes. What leaves: an Identity in the request's context, or a
// problem document: 401 when the key is missing, unknown or revoked, 403 when a
// known key lacks the scope or belongs to another tenant.
//
// Promises: only SHA-256 hashes of keys are stored (a secret has 160 random
// bits, so a slow hash would protect nothing), in a file that only its owner may
// read. Writers hold a lock and replace the file atomically; readers see a change
// within a second and keep the last good state when the file is damaged or gone.
// A file that has ever held a key never means "open" again by accident: revoked
// keys stay listed, and while one is listed every request needs a key.
package auth
