package config

import "fmt"

// Engines names servers to use instead of the data folder's embedded engines.
type Engines struct {
	NATSURL       string `name:"nats-url" help:"NATS server to use instead of the data folder's." placeholder:"URL"`
	ClickHouseURL string `name:"clickhouse-url" help:"ClickHouse server to use instead of the data folder's; over HTTP." placeholder:"URL"`
}

// Validate checks the addresses.
func (e *Engines) Validate() error {
	if err := checkURL("--nats-url", e.NATSURL, "nats", "tls", "ws", "wss"); err != nil {
		return err
	}
	return checkURL("--clickhouse-url", e.ClickHouseURL, "http", "https")
}

// Elsewhere reports whether no data folder is needed.
func (e *Engines) Elsewhere() bool { return e.NATSURL != "" && e.ClickHouseURL != "" }

// Backup says of what a backup is taken.
type Backup struct {
	Data string `default:"./data" help:"Data folder of turnout up, which may be running." placeholder:"DIR" type:"path"`
	Key  string `help:"API key with the scope admin, when the running program has keys; better given as TURNOUT_KEY." placeholder:"KEY"`
	Keys string `help:"Key file of turnout serve, to be kept in the backup." placeholder:"FILE" type:"path"`
	Engines
}

// Validate checks what `turnout backup` takes.
func (b *Backup) Validate() error { return b.Engines.Validate() }

// Restore says where a backup is put back.
type Restore struct {
	Data       string `default:"./data" help:"Data folder to make; it must be missing or empty." placeholder:"DIR" type:"path"`
	Suppressed string `help:"Current list of erased persons, as turnout member suppressed --format ndjson prints it: they do not come back." placeholder:"FILE" type:"path"`
	Schemas    string `help:"Folder with further event types (JSON Schema files)." placeholder:"DIR" type:"path"`
	Engines
	StreamReplicas int   `default:"1" help:"Copies of each stream in a NATS cluster." placeholder:"N"`
	EngineMemory   Bytes `default:"0" help:"Most memory the embedded ClickHouse takes; 0 is half of the machine's." placeholder:"SIZE"`
}

// Validate checks what `turnout restore` takes.
func (r *Restore) Validate() error {
	if r.StreamReplicas < 1 || r.StreamReplicas > 5 {
		return fmt.Errorf("--stream-replicas: %d is not between 1 and 5", r.StreamReplicas)
	}
	return r.Engines.Validate()
}
