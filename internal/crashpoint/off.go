//go:build !faults

package crashpoint

// Here marks a place in the program; only builds with the tag `faults` can end there.
func Here(string) {}
