package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Validate checks what all long-running commands take.
func (s *Server) Validate() error {
	if err := checkAddress("--http", s.HTTP); err != nil {
		return err
	}
	if err := checkURL("--nats-url", s.NATSURL, "nats", "tls", "ws", "wss"); err != nil {
		return err
	}
	if err := checkURL("--clickhouse-url", s.ClickHouseURL, "http", "https", "clickhouse"); err != nil {
		return err
	}
	const mostReplicas = 5
	if s.StreamReplicas < 1 || s.StreamReplicas > mostReplicas {
		return fmt.Errorf("--stream-replicas: %d is not between 1 and %d", s.StreamReplicas, mostReplicas)
	}
	if s.DrainTimeout <= 0 {
		return fmt.Errorf("--drain-timeout: %s is not positive", s.DrainTimeout)
	}
	if s.RollupRest <= 0 {
		return fmt.Errorf("--rollup-rest: %s is not positive", s.RollupRest)
	}
	if s.AuditEvery < 0 {
		return fmt.Errorf("--audit-every: %s is negative; 0 turns it off", s.AuditEvery)
	}
	const shortestAckWait = time.Second
	if s.AckWait < shortestAckWait {
		return fmt.Errorf("--ack-wait: %s is shorter than a second: consumers could not give signs of life in time", s.AckWait)
	}
	return s.check()
}

func (l *Limits) check() error {
	positive := []struct {
		flag  string
		value int64
	}{
		{"--max-body-bytes", int64(l.MaxBodyBytes)},
		{"--max-batch-events", int64(l.MaxBatchEvents)},
		{"--max-event-bytes", int64(l.MaxEventBytes)},
		{"--queue-bytes", int64(l.QueueBytes)},
		{"--query-timeout", int64(l.QueryTimeout)},
		{"--query-memory", int64(l.QueryMemory)},
		{"--query-rows", int64(l.QueryRows)},
	}
	for _, p := range positive {
		if p.value <= 0 {
			return fmt.Errorf("%s: it has to be more than 0", p.flag)
		}
	}
	if l.Rate < 0 {
		return fmt.Errorf("--rate: %g is negative; 0 is unlimited", l.Rate)
	}
	// A pack is at most half of what the embedded NATS server takes in a message.
	const largestEvent = 3 << 20
	if l.MaxEventBytes > largestEvent {
		return fmt.Errorf("--max-event-bytes: %s is more than the stream takes in one message (3MiB)", l.MaxEventBytes)
	}
	if l.QueueBytes < l.MaxBodyBytes {
		return fmt.Errorf("--queue-bytes: %s is less than --max-body-bytes (%s), so the largest request could never be taken", l.QueueBytes, l.MaxBodyBytes)
	}
	return nil
}

// Validate checks what `turnout up` takes.
func (u *Up) Validate() error {
	if u.Data == "" {
		return fmt.Errorf("--data: a folder is needed")
	}
	if err := checkAddress("--nats", u.NATS); err != nil {
		return err
	}
	if err := checkAddress("--clickhouse", u.ClickHouse); err != nil {
		return err
	}
	return u.Server.Validate()
}

// Validate checks what `turnout serve` takes.
func (s *Serve) Validate() error {
	if s.NATSURL == "" {
		return fmt.Errorf("--nats-url: a role needs a NATS server; give its URL or set %s_NATS_URL", EnvPrefix)
	}
	needsWarehouse := slices.Contains(s.Roles, "consumer") || slices.Contains(s.Roles, "dashboard")
	if needsWarehouse && s.ClickHouseURL == "" {
		return fmt.Errorf("--clickhouse-url: the roles consumer and dashboard need a ClickHouse server; give its URL or set %s_CLICKHOUSE_URL", EnvPrefix)
	}
	return s.Server.Validate()
}

// IsLoopback tells whether only this machine reaches an address.
func IsLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func checkAddress(flag, address string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%s: %q is no address; write HOST:PORT, for example 127.0.0.1:8080", flag, address)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%s: %q is no port", flag, port)
	}
	return nil
}

func checkURL(flag, raw string, schemes ...string) error {
	if raw == "" {
		return nil
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || !slices.Contains(schemes, u.Scheme) {
		return fmt.Errorf("%s: not a URL that can be used; it begins with %s://", flag, strings.Join(schemes, ":// or "))
	}
	return nil
}
