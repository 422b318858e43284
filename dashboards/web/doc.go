// Package web serves Turnout's page: the built files of this folder, embedded into the program.
//
// What enters: GET and HEAD requests that no other part of the program answers. What leaves: the page (for its own routes), its
// assets, and problem documents for everything else. The page itself reads only the HTTP API of the same origin.
//
// What is promised on failure: nothing here touches the engines, so the page opens while they are down and says so itself. An unknown
// address is a 404, never the page with status 200. Built without the assets, `/` explains how to build them.
//
// The sources are in src: pages, components, and lib (the typed reader of the API, the state that lives in the address, what reports become
// on the screen). All words are in src/lib/strings. `npm run dev` serves the page from its sources and asks the program at TURNOUT_URL
// (by default 127.0.0.1:8080); `npm test` and e2e/browser/run test it.
package web
