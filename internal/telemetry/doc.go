// Package telemetry is how the program is seen from outside: the log and the
// registry of metrics. Each stage defines its own metrics and registers them
// here; this package knows none of them.
package telemetry
