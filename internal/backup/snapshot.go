package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	// chunkBytes is the size of a piece of a snapshot; it has to fit into a message of any server.
	chunkBytes = 256 << 10
	// patience is how long the server may be silent between two pieces; looking is how long it may look through a stream before the first.
	patience = time.Minute
	looking  = 30 * time.Minute

	statusFailed = 400 // of the message that ends a snapshot: from here on it failed
)

// apiError is how the server refuses a request.
type apiError struct {
	Error *struct {
		Code        int    `json:"code"`
		Description string `json:"description"`
	} `json:"error"`
}

// ask sends a request of the JetStream API and waits for its answer for at most the given time.
func ask(ctx context.Context, nc *nats.Conn, atMost time.Duration, subject string, request, answer any) error {
	raw, err := json.Marshal(request)
	if err != nil {
		return fmt.Errorf("encode the request: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	msg, err := nc.RequestWithContext(ctx, subject, raw)
	if err != nil {
		return fmt.Errorf("ask NATS: %w", err)
	}
	return understand(msg.Data, answer)
}

// understand reads an answer of the JetStream API.
func understand(raw []byte, answer any) error {
	var refused apiError
	if err := json.Unmarshal(raw, &refused); err != nil {
		return fmt.Errorf("read the answer of NATS: %w", err)
	}
	if refused.Error != nil {
		return fmt.Errorf("NATS refuses: %s", refused.Error.Description)
	}
	if err := json.Unmarshal(raw, answer); err != nil {
		return fmt.Errorf("read the answer of NATS: %w", err)
	}
	return nil
}

// streamState is what is used of a stream's state.
type streamState struct {
	Messages uint64 `json:"messages"`
	Bytes    uint64 `json:"bytes"`
	First    uint64 `json:"first_seq"`
	Last     uint64 `json:"last_seq"`
}

// snapshot writes the server's snapshot of a stream, without its consumers. The stream goes on taking messages; those that come after
// the snapshot began are not in it.
func snapshot(ctx context.Context, nc *nats.Conn, to *folder, name string, progress Progress) (Stream, error) {
	s := Stream{Name: name, File: streamsDir + "/" + name + ".snapshot"}
	inbox := nc.NewInbox()
	pieces, err := nc.SubscribeSync(inbox)
	if err != nil {
		return s, fmt.Errorf("listen for the snapshot of %s: %w", name, err)
	}
	defer pieces.Unsubscribe() //nolint:errcheck // the connection is gone at worst, and the subscription with it
	var answer struct {
		Config json.RawMessage `json:"config"`
		State  json.RawMessage `json:"state"`
	}
	request := map[string]any{"deliver_subject": inbox, "no_consumers": true, "chunk_size": chunkBytes, "jsck": true}
	if err := ask(ctx, nc, looking, "$JS.API.STREAM.SNAPSHOT."+name, request, &answer); err != nil {
		return s, fmt.Errorf("take a snapshot of stream %s: %w", name, err)
	}
	var state streamState
	if err := json.Unmarshal(answer.State, &state); err != nil {
		return s, fmt.Errorf("take a snapshot of stream %s: %w", name, err)
	}
	s.Config, s.State = answer.Config, answer.State
	s.Messages, s.First, s.Last = state.Messages, state.First, state.Last
	err = to.write(s.File, func(w io.Writer) error {
		return receive(ctx, nc, pieces, w, func(n uint64) { progress("reading stream "+name, min(n, state.Bytes), state.Bytes) })
	})
	return s, err
}

// receive writes the pieces of a snapshot until its end. The server numbers the full ones, so that a lost piece is noticed.
func receive(ctx context.Context, nc *nats.Conn, pieces *nats.Subscription, w io.Writer, passed func(uint64)) error {
	var bytes uint64
	for next := 1; ; {
		waiting, cancel := context.WithTimeout(ctx, patience)
		msg, err := pieces.NextMsgWithContext(waiting)
		cancel()
		if err != nil {
			return fmt.Errorf("receive the snapshot: %w", err)
		}
		if len(msg.Data) == 0 {
			if status, _ := strconv.Atoi(msg.Header.Get("Status")); status >= statusFailed {
				return fmt.Errorf("receive the snapshot: NATS broke it off: %s %s", msg.Header.Get("Status"), msg.Header.Get("Description"))
			}
			return nil
		}
		if _, err := w.Write(msg.Data); err != nil {
			return err
		}
		bytes += uint64(len(msg.Data))
		passed(bytes)
		if msg.Reply == "" {
			continue
		}
		if number := msg.Reply[strings.LastIndexByte(msg.Reply, '.')+1:]; number != strconv.Itoa(next) {
			return fmt.Errorf("receive the snapshot: piece %d was lost", next)
		}
		next++
		if err := nc.Publish(msg.Reply, nil); err != nil {
			return fmt.Errorf("receive the snapshot: %w", err)
		}
	}
}

// putBack makes a stream of its snapshot: with its sequences, times and headers. Replicas are those of the target.
func putBack(ctx context.Context, nc *nats.Conn, dir string, s Stream, replicas int, progress Progress) error {
	config, err := withReplicas(s.Config, replicas)
	if err != nil {
		return fmt.Errorf("restore stream %s: %w", s.Name, err)
	}
	var answer struct {
		Deliver string `json:"deliver_subject"`
	}
	request := map[string]any{"config": config, "state": s.State}
	if err := ask(ctx, nc, patience, "$JS.API.STREAM.RESTORE."+s.Name, request, &answer); err != nil {
		return fmt.Errorf("restore stream %s: %w", s.Name, err)
	}
	info, err := deliver(ctx, nc, answer.Deliver, filepath.Join(dir, filepath.FromSlash(s.File)), "loading stream "+s.Name, progress)
	if err != nil {
		return fmt.Errorf("restore stream %s: %w", s.Name, err)
	}
	if info.Last != s.Last || info.Messages > s.Messages {
		return damaged(s.File, fmt.Sprintf("%d messages up to %d came out of it instead of %d up to %d", info.Messages, info.Last, s.Messages, s.Last), nil)
	}
	return nil
}

func withReplicas(raw json.RawMessage, replicas int) (map[string]json.RawMessage, error) {
	config := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &config); err != nil {
		return nil, fmt.Errorf("read its settings: %w", err)
	}
	config["num_replicas"] = json.RawMessage(strconv.Itoa(max(replicas, 1)))
	delete(config, "placement") // names servers of the old cluster
	return config, nil
}

// deliver sends a snapshot piece by piece, each acknowledged, and gives the state of what was made of it.
func deliver(ctx context.Context, nc *nats.Conn, subject, path, step string, progress Progress) (streamState, error) {
	file, err := os.Open(path)
	if err != nil {
		return streamState{}, fmt.Errorf("open its snapshot: %w", err)
	}
	defer file.Close()
	size := uint64(0)
	if stat, err := file.Stat(); err == nil {
		size = uint64(stat.Size())
	}
	buffer := make([]byte, chunkBytes)
	for done := uint64(0); ; {
		n, err := io.ReadFull(file, buffer)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return streamState{}, fmt.Errorf("read its snapshot: %w", err)
		}
		answer, err := piece(ctx, nc, subject, buffer[:n])
		if err != nil {
			return streamState{}, err
		}
		if n == 0 {
			var made struct {
				State streamState `json:"state"`
			}
			err := understand(answer, &made)
			return made.State, err
		}
		if len(answer) > 0 { // a piece is answered only when something is wrong
			if err := understand(answer, &struct{}{}); err != nil {
				return streamState{}, err
			}
		}
		done += uint64(n)
		progress(step, done, size)
	}
}

func piece(ctx context.Context, nc *nats.Conn, subject string, data []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	msg, err := nc.RequestWithContext(ctx, subject, data)
	if err != nil {
		return nil, fmt.Errorf("send its snapshot: %w", err)
	}
	return msg.Data, nil
}
