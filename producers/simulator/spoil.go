package simulator

import (
	"bytes"

	"github.com/turnout/turnout/schemas"
)

// spoil gives what a broken system would have sent for the event: one line that
// must be refused, whatever the event.
func (o *outbox) spoil(event *schemas.Event) []byte {
	broken := *event
	broken.ID = o.id("x")
	switch o.random.below(8) {
	case 0:
		broken.Type = "attendance.noted.v1"
	case 1:
		broken.Tenant = "Nobody & Sons"
	case 2: // names do not belong into the stream
		return replace(broken.AppendJSON(nil), `,"data":{`, `,"data":{"name":"Ada Lovelace",`)
	case 3:
		return replace(broken.AppendJSON(nil), `"specversion":"1.0"`, `"specversion":"0.3"`)
	case 4: // the day before the month, as people write it
		return replace(broken.AppendJSON(nil), `,"time":"`, `,"time":"31.12.`)
	case 5:
		return replace(broken.AppendJSON(nil), `{"specversion":"1.0",`, `{"specversion":"1.0","id":"twice",`)
	case 6:
		return replace(broken.AppendJSON(nil), `,"data":{`, `,"data":[{`)
	}
	whole := broken.AppendJSON(nil)
	if o.random.chance(500) { // the connection broke
		return whole[:len(whole)/2]
	}
	broken.ID = ""
	return broken.AppendJSON(nil)
}

func replace(raw []byte, old, better string) []byte {
	return bytes.Replace(raw, []byte(old), []byte(better), 1)
}
