// Package draw draws charts of figures with characters, for a terminal.
//
// What enters: labelled series of values, of which each is known, not recorded, or
// hidden; a width in columns; whether colours may be used. What leaves: lines of text
// that are never wider.
//
// What is promised: what was not recorded has no bar and says so, a 0 is a 0, what is
// hidden says so, and a period that is not over is marked. Without colours series are
// told apart by their characters.
package draw
