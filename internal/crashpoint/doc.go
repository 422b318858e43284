// Package crashpoint names places in the program at which a test may kill it.
//
// Without the build tag `faults`, which no release has, Here is an empty function that the compiler removes. With it, TURNOUT_CRASHPOINT
// says what dies where:
//
//	before-insert             the program, the first time that it comes by
//	before-insert:3           the third time
//	engine@before-insert      the embedded engine; the program goes on
//	engine@before-insert+15ms the same, a little later: within what begins there
//
// Death is SIGKILL: nothing is finished, flushed or told to anybody.
package crashpoint
