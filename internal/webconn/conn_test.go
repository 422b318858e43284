package webconn

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

const patience = time.Minute

// serve starts a server of wrapped connections and gives its address.
func serve(t *testing.T, server *http.Server) string {
	t.Helper()
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server.ConnContext = Context
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(Wrap(l)) }()
	t.Cleanup(func() {
		if err := errors.Join(server.Close(), <-ended); !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	client, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() }) // some tests close it themselves
	if err := client.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return client
}

func send(t *testing.T, client io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(client, text); err != nil {
		t.Fatal(err)
	}
}

func post(path, body string) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body)
}

// echo answers with the length of what it got, as a handler that nobody needs to tell that its client left.
func echo(w http.ResponseWriter, r *http.Request) {
	Unwatched(r.Context())
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	fmt.Fprint(w, len(body))
}

func TestUnwatchedRequestsFollowOneAnother(t *testing.T) {
	client := dial(t, serve(t, &http.Server{Handler: http.HandlerFunc(echo), ReadTimeout: patience, IdleTimeout: patience}))
	answers := bufio.NewReader(client)
	expect := func(want int) {
		t.Helper()
		response, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if got, err := io.ReadAll(response.Body); err != nil || string(got) != strconv.Itoa(want) {
			t.Fatalf("got %q, %v, want %d", got, err, want)
		}
	}
	for _, size := range []int{0, 1, 400, 4095, 4096, 100_000} {
		send(t, client, post("/", strings.Repeat("x", size)))
		expect(size)
	}
	send(t, client, post("/", "one")+post("/", "second")+post("/", "x")) // before the first is answered
	for _, size := range []int{3, 6, 1} {
		expect(size)
	}
	head, body, _ := strings.Cut(post("/", strings.Repeat("y", 5000)), "y")
	send(t, client, head)
	send(t, client, "y"+body[:1])
	send(t, client, body[1:])
	expect(5000)
}

func TestOthersLearnThatTheirClientLeft(t *testing.T) {
	left := make(chan error, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("/store", echo)
	mux.HandleFunc("/wait", func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
		left <- err
	})
	client := dial(t, serve(t, &http.Server{Handler: mux, ReadTimeout: patience, IdleTimeout: patience}))
	send(t, client, post("/store", "one"))
	response, err := http.ReadResponse(bufio.NewReader(client), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	send(t, client, post("/wait", "one"))
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-left:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(patience):
		t.Fatal("the handler was not told that its client left")
	}
}

func TestTimeoutsHold(t *testing.T) {
	const soon = 20 * time.Millisecond
	for name, c := range map[string]struct {
		server *http.Server
		sent   string
	}{
		"nothing is sent":       {&http.Server{ReadHeaderTimeout: soon}, ""},
		"half a head":           {&http.Server{ReadHeaderTimeout: soon}, "POST / HTTP/1.1\r\nHost"},
		"half a body":           {&http.Server{ReadTimeout: soon}, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nx"},
		"nothing after the one": {&http.Server{ReadHeaderTimeout: patience, IdleTimeout: soon}, post("/", "one")},
	} {
		t.Run(name, func(t *testing.T) {
			c.server.Handler = http.HandlerFunc(echo)
			client := dial(t, serve(t, c.server))
			send(t, client, c.sent)
			if _, err := io.Copy(io.Discard, client); err != nil {
				t.Fatalf("the server did not let go: %v", err)
			}
		})
	}
}

// pair gives both ends of a connection, ours wrapped.
func pair(t *testing.T) (*conn, net.Conn) {
	t.Helper()
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client := dial(t, l.Addr().String())
	accepted, err := Wrap(l).Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = accepted.Close() })
	ours, ok := accepted.(*conn)
	if !ok {
		t.Fatalf("a TCP connection is a %T", accepted)
	}
	return ours, client
}

func TestDeadlines(t *testing.T) {
	ours, client := pair(t)
	buffer := make([]byte, 8)
	long, past := time.Now().Add(patience), time.Unix(1, 0)
	read := func(want error) {
		t.Helper()
		if n, err := ours.Read(buffer); !errors.Is(err, want) || n != 0 && want != nil {
			t.Fatalf("read %d, %v, want %v", n, err, want)
		}
	}
	set := func(at time.Time) {
		t.Helper()
		if err := ours.SetDeadline(at); err != nil {
			t.Fatal(err)
		}
	}
	set(past)
	read(os.ErrDeadlineExceeded)
	for _, at := range []time.Time{long, {}} { // the socket still has the one that passed
		set(past)
		read(os.ErrDeadlineExceeded)
		set(at)
		send(t, client, "sent")
		read(nil)
	}
	set(long)
	ours.told = time.Now().Add(5 * time.Millisecond) // as if it had been set for an earlier request
	if err := ours.TCPConn.SetReadDeadline(ours.told); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := ours.Read(buffer)
		ended <- err
	}()
	set(past) // whether the read waits already or not
	if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal(err)
	}
}

func TestEarlierDeadlineOfTheSocketIsNoTimeout(t *testing.T) {
	ours, client := pair(t)
	if err := ours.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	ours.told = time.Now().Add(20 * time.Millisecond)
	if err := ours.TCPConn.SetReadDeadline(ours.told); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(60*time.Millisecond, func() { _, _ = io.WriteString(client, "late") }) // the read fails without it
	buffer := make([]byte, 8)
	if n, err := ours.Read(buffer); err != nil || string(buffer[:n]) != "late" {
		t.Fatalf("read %q, %v", buffer[:n], err)
	}
}

func TestOtherConnections(t *testing.T) {
	one, other := net.Pipe()
	defer other.Close()
	defer one.Close()
	if ctx := Context(context.Background(), one); ctx != context.Background() {
		t.Error("a connection of another kind is remembered")
	}
	Unwatched(context.Background())
}
