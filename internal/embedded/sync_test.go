package embedded_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/internal/embedded"
	"github.com/turnout/turnout/internal/embedded/chdb"
	"github.com/turnout/turnout/internal/smalldisk"
)

// What a child of these tests is asked to do, and how it answers.
const (
	syncVariable = "TURNOUT_TEST_SYNC"
	told         = "answer: "
)

// alone runs this test once more in a process of its own, and gives what it printed.
func alone(t *testing.T, task string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, os.Args[0], "-test.run", "^"+t.Name()+"$")
	command.Env = append(os.Environ(), syncVariable+"="+task)
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	err := command.Run()
	_, rest, found := strings.Cut(out.String(), told)
	if !found {
		t.Fatalf("%s: %v\n%s", task, err, out.String())
	}
	line, _, _ := strings.Cut(rest, "\n")
	return line
}

// From a moment on no sync of the server's process succeeds any more. In strict
// durability a message published then is not acknowledged: the sync comes first, and
// counts. In balanced it is, as promised.
func TestStrictSyncsBeforeItAcknowledges(t *testing.T) {
	if durability := os.Getenv(syncVariable); durability != "" {
		fmt.Fprintln(os.Stdout, told+publishWithoutSyncs(t, durability))
		return
	}
	for durability, want := range map[string]string{embedded.Strict: "not acknowledged", embedded.Balanced: "acknowledged"} {
		if got := alone(t, durability); got != want {
			t.Errorf("%s: %s, want %s", durability, got, want)
		}
	}
}

func publishWithoutSyncs(t *testing.T, durability string) string {
	t.Helper()
	broker := startNATS(t, embedded.NATSConfig{Dir: t.TempDir(), Durability: durability})
	connection, err := nats.Connect(broker.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	stream, err := jetstream.New(connection)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>"}}); err != nil {
		t.Fatal(err)
	}
	if err := publishNumber(t, stream, 1, time.Minute); err != nil {
		t.Fatal(err)
	}
	if err := smalldisk.RefuseSyncs(); err != nil {
		t.Fatal(err)
	}
	if publishNumber(t, stream, 2, 2*time.Second) != nil {
		return "not acknowledged"
	}
	return "acknowledged"
}

// The same for inserts: with the settings of strict durability one that cannot be
// synced fails, without them it is taken.
func TestStrictTablesSyncBeforeTheyAnswer(t *testing.T) {
	if settings := os.Getenv(syncVariable); settings != "" {
		fmt.Fprintln(os.Stdout, told+insertWithoutSyncs(t, settings))
		return
	}
	for settings, want := range map[string]string{
		"fsync_after_insert = 1, fsync_part_directory = 1": "refused", "fsync_after_insert = 0": "taken",
	} {
		if got := alone(t, settings); got != want {
			t.Errorf("%s: %s, want %s", settings, got, want)
		}
	}
}

func insertWithoutSyncs(t *testing.T, settings string) string {
	t.Helper()
	path, err := embedded.FindLibrary()
	if err != nil {
		t.Fatal(err)
	}
	library, err := chdb.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	engine, err := library.Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := engine.Conn()
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{"CREATE DATABASE d", "CREATE TABLE d.t (n UInt64) ENGINE = MergeTree ORDER BY n SETTINGS " + settings, "INSERT INTO d.t SELECT 1"} {
		if err := conn.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := smalldisk.RefuseSyncs(); err != nil {
		t.Fatal(err)
	}
	answer := "taken"
	if err := conn.Exec("INSERT INTO d.t SELECT 2"); err != nil {
		answer = "refused"
	}
	return answer
}
