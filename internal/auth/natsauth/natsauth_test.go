package natsauth_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/internal/auth/natsauth"
)

// house is a server with keys that are watched as in a running program.
type house struct {
	url, keys string
	store     *auth.Store
	auth      *natsauth.Authenticator
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{keys: filepath.Join(t.TempDir(), auth.FileName)}
	store, err := auth.Open(h.keys)
	if err != nil {
		t.Fatal(err)
	}
	h.store, h.auth = store, natsauth.New(store)
	srv, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(),
		NoSigs: true, NoLog: true, CustomClientAuthentication: h.auth,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.auth.Prepare(srv); err != nil {
		t.Fatal(err)
	}
	srv.Start()
	if !srv.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server is not ready")
	}
	h.url = srv.ClientURL()
	ctx, cancel := context.WithCancel(t.Context())
	var watching sync.WaitGroup
	watching.Go(func() { store.Watch(ctx, func(err error) { t.Error(err) }) })
	detach := h.auth.Attach(srv, func(err error) { t.Error(err) })
	t.Cleanup(func() {
		detach()
		cancel()
		watching.Wait()
		srv.Shutdown()
		srv.WaitForShutdown()
	})
	return h
}

// key makes a key that is in force when it returns.
func (h *house) key(t testing.TB, tenant string, scopes ...auth.Scope) (text, id string) {
	t.Helper()
	text, key, err := auth.Create(h.keys, tenant, scopes)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.store.Refresh(); err != nil {
		t.Fatal(err)
	}
	return text, key.ID
}

func (h *house) internal(t testing.TB) *nats.Conn {
	t.Helper()
	conn, _ := h.connect(t, nats.UserInfo(natsauth.InternalUser, h.auth.InternalPassword()), nats.CustomInboxPrefix(natsauth.InboxPrefix))
	return conn
}

// connect gives a connection and the errors that the server tells it.
func (h *house) connect(t testing.TB, options ...nats.Option) (*nats.Conn, <-chan error) {
	t.Helper()
	told := make(chan error, 64)
	options = append(options, nats.NoReconnect(), nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { told <- err }))
	conn, err := nats.Connect(h.url, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn, told
}

func (h *house) stream(t testing.TB, conn *nats.Conn) nats.JetStreamContext {
	t.Helper()
	js, err := conn.JetStream()
	if err != nil {
		t.Fatal(err)
	}
	_, err = js.AddStream(&nats.StreamConfig{Name: "EVENTS", Subjects: []string{"turnout.events.>", "turnout.packs", "turnout.packs.>"}})
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// denied reports whether the server refused something. It counts violations up to the
// flush: the server answers in order.
func denied(t *testing.T, conn *nats.Conn, told <-chan error) bool {
	t.Helper()
	if err := conn.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := conn.LastError(); err == nil || !strings.Contains(strings.ToLower(err.Error()), "permissions violation") {
		return false
	}
	select {
	case err := <-told:
		return errors.Is(err, nats.ErrPermissionViolation)
	case <-time.After(time.Second):
		return false
	}
}

func TestWithoutKeysLoopbackIsOpen(t *testing.T) {
	h := newHouse(t)
	conn, _ := h.connect(t)
	h.stream(t, conn)
	js, err := conn.JetStream()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish("turnout.events.any.attendance.recorded.v1", []byte("{}")); err != nil {
		t.Fatal(err)
	}
}

func TestPublisherGetsItsAcknowledgement(t *testing.T) {
	h := newHouse(t)
	internal := h.internal(t)
	stream := h.stream(t, internal)
	text, _ := h.key(t, "alumni", auth.Publish)
	for name, option := range map[string]nats.Option{"password": nats.UserInfo("whoever", text), "token": nats.Token(text)} {
		conn, told := h.connect(t, option)
		js, err := conn.JetStream()
		if err != nil {
			t.Fatal(err)
		}
		for _, subject := range []string{"turnout.events.alumni.attendance.recorded.v1", "turnout.packs.alumni"} {
			if _, err := js.Publish(subject, []byte("{}")); err != nil {
				t.Errorf("%s: publish on %s: %v", name, subject, err)
			}
		}
		if denied(t, conn, told) {
			t.Errorf("%s: something was denied: %v", name, conn.LastError())
		}
	}
	info, err := stream.StreamInfo("EVENTS")
	if err != nil || info.State.Msgs != 4 {
		t.Errorf("stored %+v, %v", info, err)
	}
}

func TestWhatAKeyMayNotPublish(t *testing.T) {
	h := newHouse(t)
	h.stream(t, h.internal(t))
	publisher, _ := h.key(t, "alumni", auth.Publish)
	reader, _ := h.key(t, "alumni", auth.Read)
	everywhere, _ := h.key(t, "", auth.Publish)
	tests := map[string]struct {
		key, subject string
		denied       bool
	}{
		"own events":               {publisher, "turnout.events.alumni.member.left.v1", false},
		"another tenant's events":  {publisher, "turnout.events.davis.member.left.v1", true},
		"another tenant's packs":   {publisher, "turnout.packs.davis", true},
		"packs of any tenant":      {publisher, "turnout.packs", true},
		"a tenant that starts so":  {publisher, "turnout.events.alumni2.member.left.v1", true},
		"the JetStream API":        {publisher, "$JS.API.STREAM.DELETE.EVENTS", true},
		"reading a message":        {publisher, "$JS.API.STREAM.MSG.GET.EVENTS", true},
		"acknowledging for others": {publisher, "$JS.ACK.EVENTS.warehouse.1.1.1.1.1", true},
		"an inbox":                 {publisher, "_INBOX.x.y", true},
		"the stored announcement":  {publisher, "turnout.stored.alumni", true},
		"a dead letter":            {publisher, "turnout.deadletters.alumni", true},
		"a key without the scope":  {reader, "turnout.events.alumni.member.left.v1", true},
		"all tenants: events":      {everywhere, "turnout.events.davis.member.left.v1", false},
		"all tenants: packs":       {everywhere, "turnout.packs", false},
		"all tenants: the API":     {everywhere, "$JS.API.STREAM.PURGE.EVENTS", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			conn, told := h.connect(t, nats.UserInfo("", test.key))
			if err := conn.Publish(test.subject, []byte("{}")); err != nil {
				t.Fatal(err)
			}
			if got := denied(t, conn, told); got != test.denied {
				t.Errorf("denied %v, want %v", got, test.denied)
			}
		})
	}
}

func TestWhatAKeyMayNotSubscribe(t *testing.T) {
	h := newHouse(t)
	h.stream(t, h.internal(t))
	publisher, _ := h.key(t, "alumni", auth.Publish)
	reader, _ := h.key(t, "alumni", auth.Read)
	tests := map[string]struct {
		key, subject string
		denied       bool
	}{
		"replies":                       {publisher, "_INBOX.>", false},
		"own announcements":             {reader, "turnout.stored.alumni", false},
		"announcements without scope":   {publisher, "turnout.stored.alumni", true},
		"another's announcements":       {reader, "turnout.stored.davis", true},
		"all announcements":             {reader, "turnout.stored.*", true},
		"own events as they come":       {reader, "turnout.events.alumni.>", true},
		"everything":                    {reader, ">", true},
		"the pipeline's own replies":    {reader, natsauth.InboxPrefix + ".>", true},
		"advisories":                    {reader, "$JS.EVENT.>", true},
		"the system":                    {reader, "$SYS.>", true},
		"other consumers' acknowledged": {reader, "$JS.ACK.>", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			conn, told := h.connect(t, nats.UserInfo("", test.key))
			if _, err := conn.SubscribeSync(test.subject); err != nil {
				t.Fatal(err)
			}
			if got := denied(t, conn, told); got != test.denied {
				t.Errorf("denied %v, want %v", got, test.denied)
			}
		})
	}
}

func TestTheAdminOfAllTenantsMayUseJetStream(t *testing.T) {
	h := newHouse(t)
	text, _ := h.key(t, "", auth.Admin)
	conn, told := h.connect(t, nats.UserInfo("", text))
	h.stream(t, conn)
	if denied(t, conn, told) {
		t.Error(conn.LastError())
	}
	ownAdmin, _ := h.key(t, "alumni", auth.Admin)
	conn, told = h.connect(t, nats.UserInfo("", ownAdmin))
	if err := conn.Publish("turnout.events.davis.x.v1", nil); err != nil {
		t.Fatal(err)
	}
	if !denied(t, conn, told) {
		t.Error("the admin of one tenant published into another")
	}
}

func TestRefusedConnections(t *testing.T) {
	h := newHouse(t)
	text, _ := h.key(t, "alumni", auth.Publish)
	h.connect(t, nats.UserInfo("", text)) // from here on keys are needed
	for name, options := range map[string][]nats.Option{
		"no key":                   nil,
		"unknown key":              {nats.UserInfo("", "tk_nobody_secret")},
		"guessed internal secret":  {nats.UserInfo(natsauth.InternalUser, "secret")},
		"a key as internal secret": {nats.UserInfo(natsauth.InternalUser, text)},
		"a key shown as the user":  {nats.UserInfo(text, "")},
	} {
		if conn, err := nats.Connect(h.url, options...); !errors.Is(err, nats.ErrAuthorization) {
			t.Errorf("%s: got %v", name, err)
			if err == nil {
				conn.Close()
			}
		}
	}
}

func TestRevokingDisconnects(t *testing.T) {
	h := newHouse(t)
	first, firstID := h.key(t, "alumni", auth.Publish)
	second, _ := h.key(t, "alumni", auth.Publish)
	closed := make(chan struct{})
	h.connect(t, nats.UserInfo("", first), nats.ClosedHandler(func(*nats.Conn) { close(closed) }))
	stays, _ := h.connect(t, nats.UserInfo("", second))
	internal := h.internal(t)
	if _, err := auth.Revoke(h.keys, firstID); err != nil {
		t.Fatal(err)
	}
	select {
	case <-closed:
	case <-time.After(time.Second):
		t.Fatal("still connected a second after its key was revoked")
	}
	if _, err := nats.Connect(h.url, nats.UserInfo("", first)); !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("got %v", err)
	}
	for _, conn := range []*nats.Conn{stays, internal} {
		if err := conn.Flush(); err != nil {
			t.Errorf("another client was disconnected too: %v", err)
		}
	}
}

func TestTheFirstKeyDisconnectsWhoCameWithout(t *testing.T) {
	h := newHouse(t)
	closed := make(chan struct{})
	h.connect(t, nats.ClosedHandler(func(*nats.Conn) { close(closed) }))
	h.key(t, "", auth.Admin)
	select {
	case <-closed:
	case <-time.After(time.Second):
		t.Fatal("still connected without a key a second after the first key was made")
	}
}
