// Package warehouse is the access to ClickHouse: it opens the database, brings its tables and views to the state that the program and its
// event types ask for, inserts batches of rows column by column, and binds readers to a tenant.
//
// What enters: rows that were decoded, checked and derived from events (Rows, Receipt, DeadLetter), and the queries of reports.
//
// What leaves: tables whose rows are idempotent. events holds every identity once, facts the highest version of every business key,
// receipts a set of positions, dead_letters one row a position. Inserting anything again changes no figure.
//
// What is promised on failure: an insert that returned nil is stored (with Options.Strict: synced to disk). One that returned an error may
// be stored or not; repeat it. BlamesData tells whether the error lies in the rows, so that repeating cannot help.
package warehouse
