// Package config is what an installation may choose: each setting once, with
// its default, its bounds and its help.
//
// A setting comes from its flag (--stream-max-bytes), else from the environment
// (TURNOUT_STREAM_MAX_BYTES), else from a YAML file (stream-max-bytes:), else it
// has its default. What cannot be meant is refused before anything starts.
package config
