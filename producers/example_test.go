package producers_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/turnout/turnout/producers"
	"github.com/turnout/turnout/schemas"
)

// A program publishes what it observed and looks at what was refused.
func ExampleNewHTTP() {
	client, err := producers.NewHTTP(producers.HTTPConfig{URL: "http://127.0.0.1:8080", Key: "tk_…"})
	if err != nil {
		log.Fatal(err)
	}
	event := &schemas.Event{
		ID: "7f3a", Source: "/check-in", Type: "attendance.recorded.v1", Time: time.Now(),
	}
	err = event.SetData(map[string]any{
		"gathering_id": "m-2022-05", "person_id": "p-1041", "present": true, "role": "participant", "method": "qr",
	})
	if err != nil {
		log.Fatal(err)
	}
	results, err := client.Publish(context.Background(), producers.Encode([]*schemas.Event{event}))
	if err != nil {
		log.Fatal(err) // not everything is certain: publish the same again
	}
	for _, result := range results {
		if result.Status == producers.Rejected {
			fmt.Println(result.ID, result.Pointer, result.Detail)
		}
	}
}
