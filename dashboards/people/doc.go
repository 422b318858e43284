// Package people tells what is held about one person.
//
// What enters: a community and any id of the person. What leaves: a [Record]: every event of the log that is about the person or names
// them in a field that its schema declares to hold a person, under every id that was merged with theirs, and the steps of what is theirs
// alone (their applications); which of these stand now; attributes and consents in time; dead letters with one of the ids in them; what
// became of requests to forget them. It is written as JSON, a line an item, or as CSV tables, with the schemas' words for what each is.
//
// What is promised on failure: a record is whole or an error. Nothing is written, and queries leave no id in the engine's log.
package people
