// Package e2e tests the real program from outside: the binary is started as a
// user starts it, and everything goes through its command line, its HTTP API
// and its NATS address.
package e2e
