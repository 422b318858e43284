package natsauth

import (
	"errors"
	"fmt"
	"sync"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/turnout/turnout/internal/auth"
)

// accounts gives the clients of each tenant a NATS account of their own, which sees of
// the pipeline's account only what the tenant may publish to and listen to. Without it
// a client could name any subject as the one to reply to, and the server itself would
// write its acknowledgement there: into another tenant's events, or into settings.
type accounts struct {
	mu    sync.Mutex
	srv   *server.Server
	rooms map[string]*server.Account // by the tenant of the key; "" = all tenants
}

// subjects are what a tenant's clients may publish to, and what they may listen to.
func subjects(tenant string) (services []string, stream string) {
	if tenant == "" {
		return []string{"turnout.events.>", "turnout.packs", "turnout.packs.*"}, "turnout.stored.*"
	}
	return []string{"turnout.events." + tenant + ".>", "turnout.packs." + tenant}, "turnout.stored." + tenant
}

// prepare offers the pipeline's subjects to the other accounts.
func (a *accounts) prepare(srv *server.Server) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	services, stream := subjects("")
	for _, subject := range services {
		if err := srv.GlobalAccount().AddServiceExport(subject, nil); err != nil {
			return fmt.Errorf("offer %s: %w", subject, err)
		}
	}
	if err := srv.GlobalAccount().AddStreamExport(stream, nil); err != nil {
		return fmt.Errorf("offer %s: %w", stream, err)
	}
	// Accounts belong to one server: one that takes another's place makes its own.
	a.srv, a.rooms = srv, map[string]*server.Account{}
	return nil
}

var errNotPrepared = errors.New("the server was started without Prepare")

// of gives the account of an identity's clients.
func (a *accounts) of(id auth.Identity) (*server.Account, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.srv == nil {
		return nil, errNotPrepared
	}
	if id.Tenant == "" && id.Can(auth.Admin) {
		return a.srv.GlobalAccount(), nil
	}
	if room, found := a.rooms[id.Tenant]; found {
		return room, nil
	}
	name := "all-tenants"
	if id.Tenant != "" {
		name = "tenant-" + id.Tenant
	}
	room, _ := a.srv.LookupOrRegisterAccount(name)
	services, stream := subjects(id.Tenant)
	for _, subject := range services {
		if err := room.AddServiceImport(a.srv.GlobalAccount(), subject, subject); err != nil {
			return nil, fmt.Errorf("let %s publish to %s: %w", name, subject, err)
		}
	}
	if err := room.AddStreamImport(a.srv.GlobalAccount(), stream, ""); err != nil {
		return nil, fmt.Errorf("let %s listen to %s: %w", name, stream, err)
	}
	a.rooms[id.Tenant] = room
	return room, nil
}
