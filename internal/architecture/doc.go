// Package architecture holds the rules that no compiler checks: which part may
// import which, how long a file may grow, where a package says what it promises.
// It consists of tests; docs/architecture.md gives the reasons.
package architecture
