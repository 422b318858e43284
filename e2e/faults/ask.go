package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/consumers"
	"github.com/turnout/turnout/internal/stream"
)

// Query asks the warehouse, past every part of Turnout, and gives each row as a list of texts.
func (h *House) Query(ctx context.Context, sql string) ([][]string, error) {
	target := "http://" + h.ClickHouse + "/?database=turnout&output_format_json_quote_64bit_integers=1&default_format=JSONCompactStringsEachRow"
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader(sql))
	if err != nil {
		return nil, fmt.Errorf("ask the warehouse: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask the warehouse: %w", err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("ask the warehouse: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask the warehouse: %s: %s", sql, answer)
	}
	var rows [][]string
	decoder := json.NewDecoder(bytes.NewReader(answer))
	for {
		var row []string
		err := decoder.Decode(&row)
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the warehouse's answer: %w", err)
		}
		rows = append(rows, row)
	}
}

// Get asks the HTTP API and decodes its answer.
func (h *House) Get(ctx context.Context, path string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+h.HTTP+path, http.NoBody)
	if err != nil {
		return fmt.Errorf("ask %s: %w", path, err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("ask %s: %w", path, err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("ask %s: %w", path, err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("ask %s: %s %s", path, response.Status, answer)
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("read the answer of %s: %w", path, err)
	}
	return nil
}

// rows asks a report of a tenant.
func (h *House) rows(ctx context.Context, tenant, report, query string) ([]map[string]any, time.Time, error) {
	var answer struct {
		AsOf time.Time        `json:"as_of"`
		Rows []map[string]any `json:"rows"`
	}
	err := h.Get(ctx, "/v1/reports/"+report+"?tenant="+url.QueryEscape(tenant)+"&"+query, &answer)
	return answer.Rows, answer.AsOf, err
}

// settings gives every tenant of the round its time zone and the end of its year.
func (r *Round) settings(ctx context.Context) error {
	zones := map[string]string{}
	for _, tenant := range r.Work.Tenants {
		zones[tenant] = `{"timezone":"UTC","year_end":"12-31"}`
	}
	for _, c := range r.Work.communities {
		zones[c.tenant] = fmt.Sprintf(`{"timezone":%q,"year_end":%q}`, c.zone, c.yearEnd)
	}
	for tenant, body := range zones {
		request, err := http.NewRequestWithContext(ctx, http.MethodPut, "http://"+r.House.HTTP+"/v1/tenants/"+tenant, strings.NewReader(body))
		if err != nil {
			return fmt.Errorf("settle tenant %s: %w", tenant, err)
		}
		request.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return fmt.Errorf("settle tenant %s: %w", tenant, err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("settle tenant %s: %s", tenant, response.Status)
		}
	}
	return nil
}

// nextSequence is that of the message that comes next.
func (h *House) nextSequence(ctx context.Context) (uint64, error) {
	events, err := h.js.Stream(ctx, stream.EventsStream)
	if err != nil {
		return 0, fmt.Errorf("ask for the stream: %w", err)
	}
	return events.CachedInfo().State.LastSeq + 1, nil
}

// Drained waits until everything in the stream is stored and acknowledged.
func (h *House) Drained(ctx context.Context) error {
	return await(ctx, drainLimit, "the stream to be drained", func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		next, err := h.nextSequence(ctx)
		if err != nil {
			return err
		}
		durable, err := h.js.Consumer(ctx, stream.EventsStream, consumers.Durable)
		if err != nil {
			return fmt.Errorf("ask for the consumer: %w", err)
		}
		info := durable.CachedInfo()
		if info.AckFloor.Stream+1 < next || info.NumAckPending > 0 || info.NumPending > 0 {
			return fmt.Errorf("acknowledged up to %d of %d, %d pending, %d unacknowledged", info.AckFloor.Stream, next-1, info.NumPending, info.NumAckPending)
		}
		return nil
	})
}

// position is one event in the stream.
type position struct {
	seq   uint64
	index int
	event *stream.Incoming
	// tenant is the event's, or the subject's when the event cannot be read.
	tenant string
}

// read gives every event that the stream holds from a sequence on.
func (h *House) read(ctx context.Context, from uint64) ([]position, error) {
	next, err := h.nextSequence(ctx)
	if err != nil || next <= from {
		return nil, err
	}
	reader, err := h.js.OrderedConsumer(ctx, stream.EventsStream, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: from, InactiveThreshold: 5 * time.Second,
	})
	if err != nil {
		return nil, fmt.Errorf("read the stream: %w", err)
	}
	info, err := reader.Info(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the stream: %w", err)
	}
	var found []position
	for range info.NumPending {
		msg, err := reader.Next(jetstream.FetchMaxWait(patience))
		if errors.Is(err, nats.ErrTimeout) || errors.Is(err, jetstream.ErrNoMessages) {
			return found, nil // what is damaged is counted and never given
		}
		if err != nil {
			return nil, fmt.Errorf("read the stream: %w", err)
		}
		meta, err := msg.Metadata()
		if err != nil {
			return nil, fmt.Errorf("read the stream: %w", err)
		}
		_, tenant, _, _ := stream.ParseSubject(msg.Subject()) // a gateway's pack binds none
		for _, in := range stream.Explode(msg.Subject(), msg.Headers(), msg.Data()) {
			p := position{seq: meta.Sequence.Stream, index: in.Index, event: &in, tenant: tenant}
			if in.Event != nil && in.Event.Tenant != "" {
				p.tenant = in.Event.Tenant
			}
			found = append(found, p)
		}
		if meta.Sequence.Stream+1 >= next {
			break
		}
	}
	return found, nil
}

// commandLimit is how long a command of the operator may take.
const commandLimit = 2 * time.Minute

// Command runs a command of the operator against the house, such as `turnout audit`, and gives what it printed.
func (h *House) Command(ctx context.Context, args ...string) (string, error) {
	return h.CommandWith(ctx, nil, args...)
}

// CommandWith runs a command with a further environment.
func (h *House) CommandWith(ctx context.Context, env []string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, commandLimit)
	defer cancel()
	command := exec.CommandContext(ctx, h.Binary, args...) //nolint:gosec // the program under test
	command.Env = h.environment(append([]string{"TURNOUT_URL=http://" + h.HTTP, "TURNOUT_DATA=" + h.Dir}, env...)...)
	var said, errors bytes.Buffer
	command.Stdout, command.Stderr = &said, &errors
	if err := command.Run(); err != nil {
		return said.String(), fmt.Errorf("turnout %s: %w: %s", strings.Join(args, " "), err, errors.String())
	}
	return said.String(), nil
}
