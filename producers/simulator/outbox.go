package simulator

import (
	"encoding/hex"
	"strconv"
	"time"

	"github.com/turnout/turnout/schemas"
)

// outbox is where events wait until they arrive, and where things go wrong.
type outbox struct {
	community *Community
	yield     func(Item) bool
	random    random
	salt      uint64 // of the ids, so that no two communities share any
	issued    uint64
	waiting   queue
	stopped   bool // the reader wants no more
	said      []said
}

// said is an event as it was stated, kept where oddities may come back to it.
type said struct {
	event  *schemas.Event
	fields []field
}

func newOutbox(c *Community, yield func(Item) bool) *outbox {
	r := newRandom(c.seed, c.Tenant, "faults")
	return &outbox{community: c, yield: yield, random: r, salt: r.source.Uint64()}
}

// id gives a new opaque id.
func (o *outbox) id(prefix string) string {
	o.issued++
	var raw [8]byte
	n := mix(o.salt ^ mix(o.issued))
	for i := range raw {
		raw[i] = byte(n >> (8 * i))
	}
	return prefix + hex.EncodeToString(raw[:])
}

// say states that something happened. What happened after the end is left out.
func (o *outbox) say(source, typ string, at time.Time, fields ...field) {
	if !at.Before(o.community.Until) {
		return
	}
	event := &schemas.Event{
		ID: o.id("e"), Source: "urn:turnout:simulated:" + source, Type: typ, Tenant: o.community.Tenant,
		Time: at.UTC().Truncate(time.Millisecond), Data: object(fields),
	}
	f := o.community.profile.faults
	arrival, fault := at, Sound
	switch {
	case o.random.rare(f.late):
		fault = Late
		arrival = at.Add(24*time.Hour + time.Duration(o.random.below(29*24*3600))*time.Second)
		event.Recorded = arrival.UTC()
	case o.random.rare(f.skewed):
		fault = Skewed
		event.Recorded = event.Time.Add(time.Duration(o.random.between(-5400, 5400)) * time.Second)
	}
	o.post(event, arrival, fault)
	o.remember(event, fields)
	if o.random.rare(f.malformed) {
		o.push(waiting{raw: o.spoil(event), fault: Malformed, arrival: o.jitter(arrival)})
	}
	if o.random.rare(f.corrected) {
		o.correct(event, fields)
	}
}

// revise states an event of that revision; the first has 0 and no time of recording.
func (o *outbox) revise(source, typ string, at time.Time, revision uint32, recorded time.Time, fields ...field) {
	if !at.Before(o.community.Until) || !recorded.Before(o.community.Until) {
		return
	}
	event := &schemas.Event{
		ID: o.id("e"), Source: "urn:turnout:simulated:" + source, Type: typ, Tenant: o.community.Tenant,
		Time: at.UTC().Truncate(time.Millisecond), Revision: revision, Data: object(fields),
	}
	arrival := at
	if !recorded.IsZero() {
		event.Recorded = recorded.UTC().Truncate(time.Millisecond)
		arrival = recorded
	}
	o.post(event, arrival, Sound)
	o.remember(event, fields)
}

func (o *outbox) remember(event *schemas.Event, fields []field) {
	if o.community.profile.odd {
		o.said = append(o.said, said{event, fields})
	}
}

// post puts an event in the way, some of them twice.
func (o *outbox) post(event *schemas.Event, arrival time.Time, fault Fault) {
	o.push(waiting{event: event, fault: fault, arrival: o.jitter(arrival)})
	if o.random.rare(o.community.profile.faults.duplicate) {
		again := arrival.Add(time.Duration(o.random.below(20*24*3600)) * time.Second)
		// The margin makes sure that the repetition is the later one.
		o.push(waiting{event: event, fault: Duplicate, arrival: again.Add(shuffleWindow)})
	}
}

// shuffleWindow is how far apart events may be and still arrive in any order.
const shuffleWindow = 36 * time.Hour

func (o *outbox) jitter(at time.Time) time.Time {
	return at.Add(time.Duration(o.random.below(int(shuffleWindow/time.Second))) * time.Second)
}

// correct sends a higher revision of the event: with another value, or voided.
// It may well arrive before what it corrects.
func (o *outbox) correct(event *schemas.Event, fields []field) {
	changed, ok := o.change(event.Type, fields)
	if !ok {
		return
	}
	revision := *event
	revision.ID, revision.Revision = o.id("e"), 1
	revision.Recorded = event.Time.Add(time.Duration(o.random.between(60, 15*24*3600)) * time.Second)
	revision.Data = object(changed)
	if o.random.chance(250) {
		revision.Voided, revision.Reason, revision.Data = true, "entered by mistake", event.Data
	}
	o.post(&revision, event.Time.Add(time.Duration(o.random.below(15*24*3600))*time.Second), Corrected)
}

// change gives other data for the types that are corrected in life.
func (o *outbox) change(typ string, fields []field) ([]field, bool) {
	var better field
	switch typ {
	case schemas.TypeAttendanceRecorded:
		better = pick(o.random, []field{truth("present", false), text("role", "volunteer"), text("role", "speaker"), number("minutes", 45)})
	case schemas.TypeDonationReceived:
		better = number("amount_minor", o.random.between(5, 90)*100)
	case schemas.TypeVolunteeringLogged:
		better = hours(o.random.between(1, 16))
	case schemas.TypeFeedbackSubmitted:
		better = number("rating", o.random.between(1, 5))
	case schemas.TypeRegistrationSubmitted:
		better = number("guests", o.random.between(1, 3))
	case schemas.TypeGatheringCompleted:
		better = number("anonymous_guests", o.random.between(0, 6))
	default:
		return nil, false
	}
	changed := []field{better}
	for _, f := range fields {
		if f.name != better.name {
			changed = append(changed, f)
		}
	}
	return changed, true
}

// until sends everything that has arrived by then.
func (o *outbox) until(at time.Time) {
	for !o.stopped && o.waiting.has(at) {
		next := o.waiting.pop()
		item := Item{Raw: next.raw, Event: next.event, Fault: next.fault}
		if next.event != nil {
			item.Raw = next.event.AppendJSON(make([]byte, 0, 256+len(next.event.Data)))
		}
		o.stopped = !o.yield(item)
	}
}

// rest sends everything that is left.
func (o *outbox) rest() { o.until(o.community.Until.AddDate(100, 0, 0)) }

func (o *outbox) push(w waiting) {
	o.issued++
	w.order = mix(o.salt + o.issued)
	o.waiting.push(w)
}

func (o *outbox) named(prefix string, year, n int) string {
	return prefix + "-" + strconv.Itoa(year) + "-" + strconv.FormatUint(o.salt>>52, 16) + strconv.Itoa(n)
}
