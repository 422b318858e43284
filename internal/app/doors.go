package app

import (
	"fmt"
	"strings"

	"github.com/turnout/turnout/internal/config"
	"github.com/turnout/turnout/internal/problem"
)

// refuseOpenDoors keeps a program without keys from being reached by others.
func (a *app) refuseOpenDoors(addresses []string) error {
	if a.keys.Required() {
		return nil
	}
	var open []string
	for _, address := range addresses {
		if !config.IsLoopback(address) {
			open = append(open, address)
		}
	}
	if len(open) == 0 {
		a.logger.Warn("no API keys: everybody on this machine may read and publish; `turnout keys create` closes the doors")
		return nil
	}
	if a.cfg.InsecureNoKeys {
		a.logger.Warn("no API keys, and reachable from other machines: anybody there may read and publish", "addresses", strings.Join(open, ", "))
		return nil
	}
	return &problem.Error{
		Code: "open_doors", Pointer: "--http",
		Detail: fmt.Sprintf("%s can be reached from other machines, and there are no API keys", strings.Join(open, ", ")),
		Hint:   "create one with `turnout keys create --scope admin`, or listen on 127.0.0.1",
	}
}

// greet tells where everything is.
func (a *app) greet(endpoints Endpoints) {
	a.logger.Info("what accepted means", "durability", a.cfg.Durability, "promise", promise(a.cfg.Durability))
	attributes := []any{"http", endpoints.HTTP}
	if endpoints.NATS != "" {
		attributes = append(attributes, "nats", endpoints.NATS, "clickhouse", endpoints.ClickHouse)
	}
	a.logger.Info("Turnout is up", attributes...)
}
