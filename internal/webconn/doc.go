// Package webconn makes the web server's connections cheaper to use.
//
// For every request net/http sets seven deadlines, and starts a goroutine that reads a byte ahead, only to learn whether the client leaves
// meanwhile: for a request that carries one small event that is a tenth of all its CPU.
//
// What enters: a listener of TCP connections. What leaves: one whose connections look at deadlines only when somebody waits for them, and do
// not read ahead for a handler that said so (Unwatched). Every deadline holds as it would; a connection of another kind is handed on as it is.
package webconn
