// Package reports holds the reports that come with the program: one file each.
//
// A file begins with a comment that holds its front matter (what it is called,
// which question it answers, what is measured) and goes on with the SELECT of the
// rows that are counted. The folder with/ holds the SELECTs that reports share.
// LANGUAGE.yaml and LANGUAGE.PART.yaml hold their words in other languages.
// How a file is read is the business of package reporting.
package reports

import "embed"

// FS holds the report files.
//
//go:embed *.sql *.yaml with/*.sql
var FS embed.FS
