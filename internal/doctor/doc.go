// Package doctor measures what Turnout stands on and says what to change.
//
// What enters: a folder, the settings in force, what the engines answered. What
// leaves: findings, each with a figure and, where it is not well, one thing to do.
// What cannot be measured is told as unknown, never as well. It changes nothing: the
// file that measures the disk is removed again.
package doctor
