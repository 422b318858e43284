package app

import (
	"fmt"
	"strings"

	"github.com/turnout/turnout/internal/config"
	"github.com/turnout/turnout/internal/problem"
)

// door is an address that others may reach, and the flag that gave it.
type door struct{ flag, address string }

// refuseOpenDoors keeps a program without keys from being reached by others.
func (a *app) refuseOpenDoors(doors []door) error {
	if a.keys.Required() {
		return nil
	}
	var open, flags []string
	for _, d := range doors {
		if !config.IsLoopback(d.address) {
			open, flags = append(open, d.address), append(flags, d.flag)
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
		Code: "open_doors", Pointer: strings.Join(flags, ", "),
		Detail: fmt.Sprintf("%s can be reached from other machines, and there are no API keys", strings.Join(open, ", ")),
		Hint:   "create one with `turnout keys create --scope admin`, or listen on 127.0.0.1",
	}
}

// greet tells where everything is.
func (a *app) greet(endpoints Endpoints) {
	a.logger.Info("what accepted means", "durability", a.cfg.Durability, "promise", a.promise())
	attributes := []any{"http", endpoints.HTTP}
	if endpoints.NATS != "" {
		attributes = append(attributes, "nats", endpoints.NATS, "clickhouse", endpoints.ClickHouse)
	}
	a.logger.Info("Turnout is up", attributes...)
}
