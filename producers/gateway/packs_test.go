package gateway_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/turnout/turnout/producers"
	"github.com/turnout/turnout/producers/internal/streamtest"
)

// Long events fill a pack up to its bytes, not its count, and the stream takes
// messages of that size.
func TestPacksAreFilledByBytes(t *testing.T) {
	t.Parallel()
	h := start(t, nil)
	long := strings.Repeat("x", 1000)
	extra := fmt.Sprintf(`"subject":%q,"reason":%q,"dataschema":%q,`, long, long, "https:"+long)
	var body strings.Builder
	for i := range 1000 {
		body.WriteString(streamtest.Event(fmt.Sprintf("%s-%d", long, i), extra) + "\n")
	}
	request := strings.ReplaceAll(body.String(), "p-"+long, "p") // ids within data are short
	if got := h.send(t, call{media: ndjson, body: request}); got.status != http.StatusAccepted || got.report.Accepted != 1000 {
		t.Fatalf("%d %+v", got.status, got.problem)
	}
	messages := h.Stored(t)
	if len(messages) != 2 {
		t.Fatalf("%d messages", len(messages))
	}
	fuller := 0 // the two are in flight together: either may be stored first
	for _, message := range messages {
		size := 0
		for _, event := range message.Events {
			size += len(event.Raw) + 1
		}
		fuller = max(fuller, size)
	}
	limit := producers.PackLimit(streamtest.MaxPayload)
	if longest := len(messages[0].Events[0].Raw) + 10; fuller > limit || fuller < limit-longest {
		t.Errorf("the fuller pack weighs %d bytes, the limit is %d", fuller, limit)
	}
	checkPacks(t, h)
}
