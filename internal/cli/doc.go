// Package cli is the command line: what people type, and what they read.
//
// What enters: arguments, the environment, a settings file, standard input.
// What leaves: tables and charts on a terminal, CSV, JSON or NDJSON for
// programs on standard output; errors with a hint on standard error.
// Exit codes: 0 done, 1 failed, 2 wrong usage.
package cli
