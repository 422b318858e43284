// Command benchreports asks a running Turnout for every report, over HTTP as a
// reader does, and prints how long the answers took.
package main
