package stream_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"github.com/turnout/turnout/internal/stream"
)

const attendance = "turnout.events.acme.attendance.recorded.v1"

func event(id, tenant string) string {
	extra := ""
	if tenant != "" {
		extra = fmt.Sprintf(`,"tenant":%q`, tenant)
	}
	return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"/desk","type":"attendance.recorded.v1","time":"2022-05-27T18:00:00Z"%s,`+
		`"data":{"gathering_id":"g1","person_id":"p1","present":true,"role":"participant","method":"desk"}}`, id, extra)
}

func header(pairs ...string) nats.Header {
	h := nats.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h[pairs[i]] = []string{pairs[i+1]}
	}
	return h
}

// outcome is what came out, in a line: id@tenant of each event, or the code of its refusal.
func outcome(incoming []stream.Incoming) string {
	parts := make([]string, len(incoming))
	for i, in := range incoming {
		switch {
		case in.Index != i:
			parts[i] = "wrong index"
		case (in.Event == nil) == (in.Err == nil):
			parts[i] = "neither or both"
		case in.Err != nil:
			parts[i] = strings.TrimSuffix(in.Err.Code+" "+in.Err.Pointer, " ")
		default:
			parts[i] = in.Event.ID + "@" + in.Event.Tenant
		}
	}
	return strings.Join(parts, ", ")
}

func TestExplode(t *testing.T) {
	t.Parallel()
	binary := []string{
		"ce-specversion", "1.0", "ce-id", "b%20%C3%A9", "Ce-Source", "/desk", "CE-TYPE", "attendance.recorded.v1",
		"ce-time", "2022-05-27T18:00:00Z",
	}
	data := `{"gathering_id":"g1","person_id":"p1","present":true,"role":"participant","method":"desk"}`
	tests := map[string]struct {
		subject string
		header  nats.Header
		body    string
		want    string
	}{
		"structured, no header":      {attendance, nil, event("1", ""), "1@acme"},
		"structured, own tenant":     {attendance, header("content-type", "application/cloudevents+json; charset=utf-8"), event("1", "acme"), "1@acme"},
		"structured as plain JSON":   {attendance, header("Content-Type", "application/json"), event("1", ""), "1@acme"},
		"another tenant":             {attendance, nil, event("1", "other"), "tenant_mismatch /tenant"},
		"another type":               {"turnout.events.acme.member.registered.v1", nil, event("1", ""), "type_mismatch /type"},
		"binary":                     {attendance, header(binary...), data, "b é@acme"},
		"binary with a content type": {attendance, header(append(binary, "Content-Type", "application/json")...), data, "b é@acme"},
		"binary, bad escape":         {attendance, header(append(binary, "ce-subject", "%zz")...), data, "bad_attribute /subject"},
		"gateway's pack":             {"turnout.packs", nil, event("1", "a") + "\n\n" + event("2", "b") + "\r\n", "1@a, 2@b"},
		"gateway's pack, no tenant":  {"turnout.packs", nil, event("1", ""), "1@default"},
		"pack of a tenant":           {"turnout.packs.acme", header("Content-Type", "application/cloudevents-batch+json"), "[" + event("1", "") + "," + event("2", "other") + "," + event("3", "acme") + "]", "1@acme, tenant_mismatch /tenant, 3@acme"},
		"pack with a broken line":    {"turnout.packs.acme", header("Content-Type", "application/jsonl"), event("1", "") + "\n{]\n" + event("3", ""), "1@acme, malformed_json, 3@acme"},
		"pack on an event's subject": {attendance, header("Content-Type", stream.MediaLines), event("1", "") + "\n" + event("2", ""), "1@acme, 2@acme"},
		"empty pack":                 {"turnout.packs.acme", nil, "\n \n", "empty_pack"},
		"pack too large":             {"turnout.packs.acme", nil, strings.Repeat("{}\n", stream.MaxPackEvents+1), "too_large"},
		"batch that is no list":      {"turnout.packs.acme", header("Content-Type", stream.MediaBatch), `{"a":1}`, "malformed_json"},
		"unknown media type":         {attendance, header("Content-Type", "text/plain"), "hello", "unsupported_media_type /datacontenttype"},
		"bad media type":             {attendance, header("Content-Type", ";;"), "hello", "unsupported_media_type /datacontenttype"},
		"foreign subject":            {"orders.new", nil, event("1", ""), "bad_subject"},
		"nothing":                    {attendance, nil, "", "malformed_json"},
		"bytes":                      {attendance, nil, "\xff\x00", "malformed_json"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := outcome(stream.Explode(test.subject, test.header, []byte(test.body))); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func FuzzExplode(f *testing.F) {
	f.Add(attendance, "", event("1", ""))
	f.Add("turnout.packs", stream.MediaLines, event("1", "a")+"\n"+event("2", "b"))
	f.Add("turnout.packs.acme", stream.MediaBatch, "["+event("1", "")+"]")
	f.Fuzz(func(t *testing.T, subject, media, body string) {
		incoming := stream.Explode(subject, header("Content-Type", media), []byte(body))
		if len(incoming) == 0 {
			t.Fatal("a message came to nothing")
		}
		for i, in := range incoming {
			if in.Index != i || (in.Event == nil) == (in.Err == nil) {
				t.Fatalf("%d: %+v", i, in)
			}
		}
	})
}
