package stream

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
)

// ConnectConfig says how to reach NATS.
type ConnectConfig struct {
	URL  string
	Name string // shown in the server's connection list
	// User and Password are the program's own credentials; both empty where the server asks for none.
	User, Password string
	// InboxPrefix is where replies go; "" is NATS's own _INBOX, which every key may listen on.
	InboxPrefix string
	Logger      *slog.Logger
}

const (
	reconnectWait = 250 * time.Millisecond
	// A connection whose other end vanished without a word is given up after two unanswered pings: half a minute, not NATS's usual
	// four, since nothing is acknowledged meanwhile.
	pingInterval = 10 * time.Second
	maxPings     = 2
)

// Connect opens a connection that outlives every outage of the server: it
// reconnects for ever, and the callers' retries do the rest. It fails when the
// server cannot be reached at all at first.
func Connect(cfg ConnectConfig) (*nats.Conn, error) {
	options := []nats.Option{
		nats.Name(cfg.Name),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(reconnectWait),
		nats.PingInterval(pingInterval),
		nats.MaxPingsOutstanding(maxPings),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				cfg.Logger.Warn("NATS connection lost; reconnecting", "connection", cfg.Name, "error", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) {
			cfg.Logger.Info("NATS connection is back", "connection", cfg.Name)
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			cfg.Logger.Warn("NATS reports an error", "connection", cfg.Name, "error", err)
		}),
	}
	if cfg.User != "" || cfg.Password != "" {
		options = append(options, nats.UserInfo(cfg.User, cfg.Password))
	}
	if cfg.InboxPrefix != "" {
		options = append(options, nats.CustomInboxPrefix(cfg.InboxPrefix))
	}
	nc, err := nats.Connect(cfg.URL, options...)
	if err != nil {
		return nil, fmt.Errorf("connect to NATS at %s: %w", redact(cfg.URL), err)
	}
	return nc, nil
}
