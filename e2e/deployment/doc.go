// Package deployment tests the files of the production shape (docker-compose.yml,
// Dockerfile, deploy/, dashboards/prometheus, dashboards/grafana) against the program
// and against one another, without a container engine.
package deployment
