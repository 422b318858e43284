// Package web serves Turnout's page: the built files of this folder, embedded into the program.
//
// What enters: GET and HEAD requests that no other part of the program answers. What leaves: the page (for its own routes), its
// assets, and problem documents for everything else. The page itself reads only the HTTP API of the same origin.
//
// What is promised on failure: nothing here touches the engines, so the page opens while they are down and says so itself. An unknown
// address is a 404, never the page with status 200. Built without the assets, `/` explains how to build them.
package web
