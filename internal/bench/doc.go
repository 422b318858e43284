// Package bench measures the whole of Turnout from outside and holds it against the limits of the same machine.
//
// What enters: a Config. Without addresses it starts the program itself (`turnout up`, engines included) in a temporary folder and
// drives it as others would, over HTTP and NATS; with addresses it drives those.
//
// What leaves: a Result, the figures of measures() by their stable names. A figure is the median of the runs, with the least and the
// greatest beside it; one that could not be measured is missing, never zero. Figures of one Result were measured on one machine in
// one go, ceilings and the real thing alike, so that their ratios hold even where the figures themselves swing.
//
// What is promised on failure: a section that fails ends the whole with an error that names it; a curve that fails only itself. However Run ends, the processes that
// it started have ended, and its folder is gone. Events sent to servers that were given stay there: their communities begin with "bench-".
package bench
