// Package plot draws lines over numbers as SVG.
//
// What enters: a Chart, whose series have as many x as y. What leaves: one SVG document that needs no other file and is readable on light
// and on dark pages: it brings its own background and follows the reader's colour scheme. Series differ in colour and in the shape of their
// marks. The same Chart gives the same bytes.
//
// What is promised on failure: a Chart that cannot be drawn is an error, and nothing is returned.
package plot
