// Package tenants keeps the settings of each community: its time zone, the end
// of its year, and from what size a cell is shown.
//
// The settings lie in a JetStream bucket, so that every role of an installation
// sees a change within a moment, and none has to be restarted. A community
// without settings has the defaults.
package tenants
