// Package natsauth lets API keys into the embedded NATS server.
//
// What enters: the connect message of a NATS client, with a key as its password or
// token. What leaves: permissions for the subjects of the key's tenant and nothing
// else, or a refusal. A client whose key is revoked is disconnected as soon as the
// change is seen.
//
// The pipeline's own connections use an internal secret that is made anew at every
// start and should use InboxPrefix: the clients of one account share their inboxes, and
// an administrator's tools need not see the pipeline's replies.
package natsauth

import (
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"net"
	"strings"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/turnout/turnout/internal/auth"
)

// InternalUser is the user name of the pipeline's own connections.
const InternalUser = "_turnout"

// InboxPrefix is where the pipeline's own connections receive replies
// (nats.CustomInboxPrefix).
const InboxPrefix = "_TURNOUT_INBOX"

// The user names that the server's log and monitoring show.
const (
	anybody    = "anybody"
	userPrefix = "key-"
)

// Server is what Attach needs of the embedded server; *server.Server is one.
type Server interface {
	NumClients() int
	Connz(opts *server.ConnzOptions) (*server.Connz, error)
	DisconnectClientByID(id uint64) error
}

// Authenticator decides about every client that connects to the embedded server.
// It is safe for concurrent use.
type Authenticator struct {
	store    *auth.Store
	internal string
	accounts accounts
}

// New makes an authenticator over the keys of a store, with a fresh internal secret.
func New(store *auth.Store) *Authenticator {
	return &Authenticator{store: store, internal: rand.Text(), accounts: accounts{rooms: map[string]*server.Account{}}}
}

// InternalPassword is the password of InternalUser, valid for this authenticator only.
func (a *Authenticator) InternalPassword() string { return a.internal }

// Check implements server.Authentication.
func (a *Authenticator) Check(client server.ClientAuthentication) bool {
	opts := client.GetOpts()
	if client.Kind() != server.CLIENT || opts.Nkey != "" || opts.JWT != "" {
		// The embedded server has no cluster and no leaf nodes, and a client that shows
		// another credential would not be found by its user name in expel.
		return false
	}
	if opts.Username == InternalUser {
		if subtle.ConstantTimeCompare([]byte(opts.Password), []byte(a.internal)) != 1 {
			return false
		}
		client.RegisterUser(&server.User{Username: InternalUser})
		return true
	}
	text := opts.Password
	if text == "" {
		text = opts.Token
	}
	id, err := a.store.Authenticate(text)
	if err != nil || (id.KeyID == "" && !onLoopback(client.RemoteAddress())) {
		return false
	}
	account, err := a.accounts.of(id)
	if err != nil {
		return false
	}
	client.RegisterUser(&server.User{Username: userName(id), Permissions: permissions(id), Account: account})
	// Once more, now that expel can find the name: a key revoked in between is refused
	// here or disconnected there, never missed by both.
	return a.store.Valid(id.KeyID)
}

// Prepare sets the server up for clients with keys. It is called before the server, or one
// that takes its place, starts; until then no client is let in but the pipeline's own.
func (a *Authenticator) Prepare(srv *server.Server) error { return a.accounts.prepare(srv) }

// Attach disconnects clients whose key is no longer valid, after every change of the
// store's keys, until the returned function is called. Trouble goes to report.
func (a *Authenticator) Attach(srv Server, report func(error)) (detach func()) {
	return a.store.OnChange(func() {
		if err := a.expel(srv); err != nil {
			report(err)
		}
	})
}

func (a *Authenticator) expel(srv Server) error {
	// Some more than there are: clients that come later were checked with the new keys.
	list, err := srv.Connz(&server.ConnzOptions{Username: true, Limit: 2*srv.NumClients() + 1024})
	if err != nil {
		return fmt.Errorf("list clients to disconnect: %w", err)
	}
	for _, conn := range list.Conns {
		switch user := conn.AuthorizedUser; {
		case user == "": // still saying hello: Check will see the new keys
			continue
		case user == InternalUser, a.store.Valid(keyOf(user)):
			continue
		}
		_ = srv.DisconnectClientByID(conn.Cid) // fails only for a client that has left by itself
	}
	return nil
}

// userName never shows the key itself.
func userName(id auth.Identity) string {
	if id.KeyID == "" {
		return anybody
	}
	return userPrefix + id.KeyID
}

// keyOf is the inverse of userName.
func keyOf(user string) string {
	return strings.TrimPrefix(strings.TrimPrefix(user, anybody), userPrefix)
}

// onLoopback reports whether a client is on this machine: in the process, on a pipe, or
// on the loopback interface.
func onLoopback(addr net.Addr) bool {
	tcp, isTCP := addr.(*net.TCPAddr)
	return !isTCP || tcp.IP.IsLoopback()
}
