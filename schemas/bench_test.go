package schemas_test

import (
	"testing"

	"github.com/turnout/turnout/schemas"
)

// benchEvent is of the usual size and shape: some 350 bytes in structured mode.
const benchEvent = `{"specversion":"1.0","id":"01J9Z6M3V5T7Q2K8","source":"/check-in/desk-2","type":"attendance.recorded.v1","subject":"m-2022-05",` +
	`"time":"2022-05-27T18:05:00+03:00","datacontenttype":"application/json","tenant":"north",` +
	`"data":{"gathering_id":"m-2022-05","person_id":"p-1041","present":true,"role":"participant","method":"sheet","at":"2022-05-27T18:05:00+03:00","group_id":"g-students"}}`

func BenchmarkDecode(b *testing.B) {
	raw := []byte(benchEvent)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := schemas.DecodeStructured(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	registry := builtin(b)
	event := decode(b, benchEvent)
	b.ReportAllocs()
	for b.Loop() {
		if err := registry.Check(event); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkValidateRefused goes the long way: the library and the explanation.
func BenchmarkValidateRefused(b *testing.B) {
	registry := builtin(b)
	event := decode(b, swap(b, benchEvent, `"participant"`, `"guest"`))
	b.ReportAllocs()
	for b.Loop() {
		if registry.Check(event) == nil {
			b.Fatal("accepted")
		}
	}
}

func BenchmarkDerive(b *testing.B) {
	registry := builtin(b)
	event := decode(b, benchEvent)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := registry.Derive(event); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeValidateDerive(b *testing.B) {
	registry := builtin(b)
	raw := []byte(benchEvent)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		event, err := schemas.DecodeStructured(raw)
		if err != nil {
			b.Fatal(err)
		}
		if err := registry.Check(event); err != nil {
			b.Fatal(err)
		}
		if _, err := registry.Derive(event); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	event := decode(b, benchEvent)
	buffer := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		buffer = event.AppendJSON(buffer[:0])
	}
}

func BenchmarkSplitBatch(b *testing.B) {
	body := []byte{'['}
	for range 1000 {
		body = append(append(body, benchEvent...), ',')
	}
	body[len(body)-1] = ']'
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if events, err := schemas.SplitBatch(body); err != nil || len(events) != 1000 {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := schemas.Builtin(); err != nil {
			b.Fatal(err)
		}
	}
}
