package embedded_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/embedded"
	"github.com/turnout/turnout/internal/embedded/embeddedtest"
)

func startNATS(t *testing.T, cfg embedded.NATSConfig) *embedded.NATS {
	t.Helper()
	started, err := embedded.StartNATS(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = started.Shutdown(context.Background()) })
	return started
}

func TestNATSKeepsWhatItAcknowledged(t *testing.T) {
	for _, durability := range []string{embedded.Strict, embedded.Balanced} {
		t.Run(durability, func(t *testing.T) {
			cfg := embedded.NATSConfig{Dir: t.TempDir(), Durability: durability}
			first := startNATS(t, cfg)
			connection, err := nats.Connect(first.URL())
			if err != nil {
				t.Fatal(err)
			}
			stream, err := jetstream.New(connection)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := stream.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>"}}); err != nil {
				t.Fatal(err)
			}
			large := make([]byte, 7<<20)
			if _, err := stream.Publish(t.Context(), "s.a", large); err != nil {
				t.Fatalf("publish 7 MiB: %v", err)
			}
			connection.Close()
			began := time.Now()
			if err := first.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("shutdown took %s", took)
			}
			second := startNATS(t, cfg)
			if connection, err = nats.Connect(second.URL()); err != nil {
				t.Fatal(err)
			}
			defer connection.Close()
			if stream, err = jetstream.New(connection); err != nil {
				t.Fatal(err)
			}
			kept, err := stream.Stream(t.Context(), "S")
			if err != nil {
				t.Fatal(err)
			}
			message, err := kept.GetMsg(t.Context(), 1)
			if err != nil || len(message.Data) != len(large) {
				t.Errorf("message 1 after the restart: %v, %v", message, err)
			}
		})
	}
}

func TestNATSRefusesClearly(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	used := t.TempDir()
	startNATS(t, embedded.NATSConfig{Dir: used})
	for _, test := range []struct {
		name string
		cfg  embedded.NATSConfig
		want []string
	}{
		{"port taken", embedded.NATSConfig{Dir: t.TempDir(), Addr: taken.Addr().String()}, []string{taken.Addr().String(), "in use", "another port"}},
		{"folder in use", embedded.NATSConfig{Dir: used}, []string{used, "in use", "process", "another folder"}},
		{"no port", embedded.NATSConfig{Dir: t.TempDir(), Addr: "localhost"}, []string{"localhost", "host:port"}},
		{"durability", embedded.NATSConfig{Dir: t.TempDir(), Durability: "loose"}, []string{"loose", "strict", "balanced"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			started, err := embedded.StartNATS(t.Context(), test.cfg)
			if err == nil {
				_ = started.Shutdown(t.Context())
				t.Fatal("it started")
			}
			for _, word := range test.want {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("error %q does not say %q", err, word)
				}
			}
		})
	}
}

// onlyAda lets one user in, with one subject.
type onlyAda struct{}

func (onlyAda) Check(client server.ClientAuthentication) bool {
	if client.GetOpts().Username != "ada" {
		return false
	}
	client.RegisterUser(&server.User{Username: "ada", Permissions: &server.Permissions{Publish: &server.SubjectPermission{Allow: []string{"ada.>"}}}})
	return true
}

func TestNATSAsksItsAuthenticator(t *testing.T) {
	started := startNATS(t, embedded.NATSConfig{Dir: t.TempDir(), Auth: onlyAda{}})
	if connection, err := nats.Connect(started.URL()); err == nil {
		connection.Close()
		t.Error("a client without a name was let in")
	}
	refused := make(chan error, 1)
	connection, err := nats.Connect(started.URL(), nats.UserInfo("ada", ""), nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { refused <- err }))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if err := connection.Publish("bob.x", nil); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-refused:
		if !strings.Contains(err.Error(), "ermissions") {
			t.Errorf("refused with %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("publishing on another's subject was not refused")
	}
}

func TestNATSForTests(t *testing.T) {
	connection, err := nats.Connect(embeddedtest.NATS(t))
	if err != nil {
		t.Fatal(err)
	}
	connection.Close()
}

// What is promised about a power cut is what the server is told.
func TestNATSDurability(t *testing.T) {
	for durability, always := range map[string]bool{"": true, embedded.Strict: true, embedded.Balanced: false} {
		options, err := embedded.NATSConfig{Dir: t.TempDir(), Durability: durability}.Options()
		if err != nil {
			t.Fatal(err)
		}
		if options.SyncAlways != always || options.SyncInterval != time.Second || !options.NoSigs || options.MaxPayload != 8<<20 {
			t.Errorf("%q: always %t, every %s, no signals %t, payload %d", durability, options.SyncAlways, options.SyncInterval, options.NoSigs, options.MaxPayload)
		}
	}
}
