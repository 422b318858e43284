package producers_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/producers"
	"github.com/turnout/turnout/schemas"
)

// A program publishes what it observed and looks at what was refused.
func ExampleHTTP_Publish() {
	server := httptest.NewServer(http.HandlerFunc(refuseAll)) // a running Turnout
	defer server.Close()

	client, err := producers.NewHTTP(producers.HTTPConfig{URL: server.URL, Key: "tk_…"})
	if err != nil {
		fmt.Println(err)
		return
	}
	event := &schemas.Event{ID: "7f3a", Source: "/check-in", Type: "attendance.recorded.v1", Time: time.Now()}
	if err := event.SetData(map[string]any{"gathering_id": "m-2022-05", "person_id": "p-1041"}); err != nil {
		fmt.Println(err)
		return
	}
	results, err := client.Publish(context.Background(), producers.Encode([]*schemas.Event{event}))
	if err != nil {
		fmt.Println("not everything is certain, publish the same again:", err)
	}
	for _, result := range results {
		if result.Status == producers.Rejected {
			fmt.Println(result.ID, result.Pointer, result.Detail)
		}
	}
	// Output: 7f3a /data/present present is missing.
}

// A program that has its events one at a time publishes them over NATS in packs.
func ExamplePacker() {
	var js producers.Stream = &counting{} // a jetstream.JetStream
	packer := producers.NewPacker(producers.DirectConfig{Stream: js, Tenant: "north"})
	for i := range 1000 {
		event := &schemas.Event{ID: strconv.Itoa(i), Source: "/check-in", Type: "attendance.recorded.v1", Time: time.Now()}
		if err := event.SetData(map[string]any{"gathering_id": "m-2022-05", "person_id": fmt.Sprint("p-", i), "present": true}); err != nil {
			fmt.Println(err)
			return
		}
		err := packer.Add(context.Background(), event, func(err error) {
			if err != nil {
				fmt.Println("publish this one again:", err)
			}
		})
		if err != nil {
			fmt.Println("this one is wrong, or came too late:", err)
		}
	}
	if err := packer.Close(context.Background()); err != nil {
		fmt.Println(err)
	}
	fmt.Println("1000 events are on disk")
	// Output: 1000 events are on disk
}

// counting acknowledges every message.
type counting struct{ messages atomic.Int64 }

func (c *counting) PublishMsg(context.Context, *nats.Msg, ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	return &jetstream.PubAck{Stream: "EVENTS", Sequence: uint64(c.messages.Add(1))}, nil
}

func refuseAll(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusUnprocessableEntity)
	_, _ = io.WriteString(w, `{"accepted":0,"rejected":1,"results":[{"index":0,"id":"7f3a","status":"rejected",`+
		`"code":"schema","pointer":"/data/present","detail":"present is missing."}]}`)
}
