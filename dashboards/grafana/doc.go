// Package grafana makes the community dashboards of Grafana from the report files.
//
// What enters: the catalogue of reports. What leaves: one board a section, as JSON
// ([Boards]), with a panel for each report's chart and one for its table. They ask
// ClickHouse the report's own query, so that a panel, the page and the command line
// show the same figures. The files in boards/ are written by the package's test
// (-update) and held against the reports by it; boards/pipeline.json is written by hand.
//
// A board's variables reach a query percent-encoded, within a text that ClickHouse
// decodes: nothing in a variable can end the text, whatever characters it has. The
// wall between communities is not here but in the rights of ClickHouse's user for
// Grafana (deploy/clickhouse).
//
// What is promised on failure: a report whose placeholder no variable can fill is an
// error when the boards are made, not an empty panel.
package grafana
