package config

import (
	"time"
)

// EnvPrefix begins the name of every environment variable that is read.
const EnvPrefix = "TURNOUT"

// Common is what every command takes.
type Common struct {
	Config    string `help:"YAML file with settings, one per line, named like the flags." placeholder:"FILE" type:"path"`
	LogLevel  string `default:"info" enum:"debug,info,warn,error" help:"Least level that is logged: ${enum}."`
	LogFormat string `default:"auto" enum:"auto,text,json" help:"Form of the log: text on a terminal, else JSON (auto), or ${enum}."`
}

// Client is what every command that speaks to a running Turnout takes.
type Client struct {
	URL    string `default:"http://127.0.0.1:8080" help:"Address of the running Turnout." placeholder:"URL"`
	Tenant string `help:"The community; else the key's, else 'default'." placeholder:"NAME"`
	Key    string `help:"API key; better given as TURNOUT_KEY." placeholder:"KEY"`
}

// Contract adds to the built-in event types and reports.
type Contract struct {
	Schemas string `help:"Folder with further event types (JSON Schema files)." placeholder:"DIR" type:"path"`
	Reports string `help:"Folder with further reports (SQL files)." placeholder:"DIR" type:"path"`
}

// Limits bound what a client may send and a reader may ask.
type Limits struct {
	MaxBodyBytes   Bytes         `default:"16MiB" help:"Largest request body, decompressed." placeholder:"SIZE"`
	MaxBatchEvents int           `default:"10000" help:"Most events in one request." placeholder:"N"`
	MaxEventBytes  Bytes         `default:"256KiB" help:"Largest single event." placeholder:"SIZE"`
	QueueBytes     Bytes         `default:"64MiB" help:"Most bytes waiting for the stream before publishers get 503." placeholder:"SIZE"`
	Rate           float64       `default:"0" help:"Events a second a key may publish on average, once it has sent --max-batch-events at once; 0 is unlimited." placeholder:"N"`
	QueryTimeout   time.Duration `default:"30s" help:"Longest time a report may run." placeholder:"DURATION"`
	QueryMemory    Bytes         `default:"2GiB" help:"Most memory a report may take." placeholder:"SIZE"`
	QueryRows      int           `default:"100000" help:"Most rows a report may return." placeholder:"N"`
}

// Server is what every long-running command takes.
type Server struct {
	HTTP           string        `default:"127.0.0.1:8080" help:"Address of the HTTP API and the page; port 0 picks a free one." placeholder:"ADDR"`
	NATSURL        string        `name:"nats-url" help:"NATS server to use instead of the embedded one." placeholder:"URL"`
	ClickHouseURL  string        `name:"clickhouse-url" help:"ClickHouse server to use instead of the embedded one." placeholder:"URL"`
	Durability     string        `default:"strict" enum:"strict,balanced" help:"strict: accepted means synced to disk; balanced: synced within a second."`
	StreamMaxBytes Bytes         `default:"0" help:"Size at which the stream refuses new events; 0 is unbounded." placeholder:"SIZE"`
	StreamReplicas int           `default:"1" help:"Copies of each stream in a NATS cluster." placeholder:"N"`
	DrainTimeout   time.Duration `default:"20s" help:"Longest time that stopping may take." placeholder:"DURATION"`
	AuditEvery     time.Duration `default:"24h" help:"How often the program proves by itself that nothing was lost or counted twice; 0 is never." placeholder:"DURATION"`
	AckWait        time.Duration `default:"10s" help:"How long the stream waits for a sign of life of a consumer before it gives its messages to another; the same for all consumers." placeholder:"DURATION"`
	RollupRest     time.Duration `default:"5s" help:"How long the rollups of a community rest between two recomputations; longer when they are costly." placeholder:"DURATION"`
	InsecureNoKeys bool          `help:"Listen beyond this machine although there are no API keys. Anybody who reaches the port reads and writes everything."`
	Contract
	Limits
}

// Up is the whole pipeline in one process.
type Up struct {
	Server
	Data         string `default:"./data" help:"Folder that holds everything." placeholder:"DIR" type:"path"`
	NATS         string `name:"nats" default:"127.0.0.1:4222" help:"Address of the embedded NATS server; port 0 picks a free one." placeholder:"ADDR"`
	DiskReserve  Bytes  `default:"128MiB" help:"Room on the stream's disk below which new events are refused, so that what was accepted can still be stored." placeholder:"SIZE"`
	EngineMemory Bytes  `default:"0" help:"Most memory the embedded ClickHouse takes; 0 is half of the machine's." placeholder:"SIZE"`
	ClickHouse   string `name:"clickhouse" default:"127.0.0.1:8123" help:"Address of the embedded ClickHouse; port 0 picks a free one." placeholder:"ADDR"`
}

// Serve is some roles against servers that run elsewhere.
type Serve struct {
	Roles []string `arg:"" enum:"gateway,consumer,dashboard" help:"Roles to run: ${enum}."`
	Server
	Keys string `default:"./keys.json" help:"File with the API keys; it need not exist." placeholder:"FILE" type:"path"`
}
