package schemas

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// AsyncAPI describes the subjects and messages as an AsyncAPI 3.0 document in JSON. Payload schemas are in the dialect that AsyncAPI
// readers understand (JSON Schema draft 7), made from the types' own.
func AsyncAPI(r *Registry) ([]byte, error) {
	messages, payloads := map[string]any{}, map[string]any{}
	channelMessages := map[string]any{}
	for _, t := range r.Types() {
		payloads[t.Name] = draft7(t)
		message, err := asyncMessage(t)
		if err != nil {
			return nil, err
		}
		messages[t.Name] = message
		channelMessages[t.Name] = reference("#/components/messages/" + t.Name)
	}
	payloads["envelope"] = envelopeSchema()
	messages["pack"] = packMessage(r)
	messages["stored"] = storedMessage()
	document := map[string]any{
		"asyncapi":           "3.0.0",
		"info":               asyncInfo(),
		"defaultContentType": "application/cloudevents+json",
		"channels": map[string]any{
			"events": channel("turnout.events.{tenant}.{type}",
				"One event. The subject's tenant and type bind it; what does not match or validate becomes a dead letter.",
				map[string]any{"tenant": parameter("The community, [a-z0-9-]{1,64}."), "type": parameter("The event type, dots included, for example attendance.recorded.v1.")},
				channelMessages),
			"packs": channel("turnout.packs.{tenant}", "Up to 1,000 events of one tenant in one message.",
				map[string]any{"tenant": parameter("The community, [a-z0-9-]{1,64}.")},
				map[string]any{"pack": reference("#/components/messages/pack")}),
			"stored": channel("turnout.stored.{tenant}", "What of a tenant's is in the warehouse, a batch at a time; told once and kept by nobody.",
				map[string]any{"tenant": parameter("The community, [a-z0-9-]{1,64}.")},
				map[string]any{"stored": reference("#/components/messages/stored")}),
		},
		"operations": map[string]any{
			"receiveEvent": operation("events", "Take in one event."),
			"receivePack":  operation("packs", "Take in a pack of events."),
			"tellStored":   map[string]any{"action": "send", "channel": reference("#/channels/stored"), "summary": "Tell what is in the warehouse."},
		},
		"components": map[string]any{"messages": messages, "schemas": payloads},
	}
	text, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("marshal AsyncAPI document: %w", err)
	}
	return append(text, '\n'), nil
}

func asyncInfo() map[string]any {
	return map[string]any{
		"title": "Turnout", "version": "1.0.0",
		"description": "Events of a community, published on NATS JetStream as CloudEvents 1.0 (structured mode; binary mode with ce- headers is understood too).",
		"license":     map[string]any{"name": "Apache-2.0"},
	}
}

func channel(address, description string, parameters, messages map[string]any) map[string]any {
	return map[string]any{"address": address, "description": description, "parameters": parameters, "messages": messages}
}

func operation(channel, summary string) map[string]any {
	return map[string]any{"action": "receive", "channel": reference("#/channels/" + channel), "summary": summary}
}

func parameter(description string) map[string]any { return map[string]any{"description": description} }

func reference(pointer string) map[string]any { return map[string]any{"$ref": pointer} }

func asyncMessage(t *Type) (map[string]any, error) {
	examples := make([]any, 0, len(t.Examples))
	for i := range t.Examples {
		event, err := t.ExampleEvent(i)
		if err != nil {
			return nil, err
		}
		examples = append(examples, map[string]any{"name": fmt.Sprintf("%s-%d", strings.ReplaceAll(t.Base, ".", "-"), i+1), "payload": json.RawMessage(event.AppendJSON(nil))})
	}
	return map[string]any{
		"name": t.Name, "title": t.Title, "summary": t.Description, "contentType": "application/cloudevents+json",
		"payload": map[string]any{
			"allOf": []any{
				reference("#/components/schemas/envelope"),
				map[string]any{"type": "object", "properties": map[string]any{
					"type": map[string]any{"const": t.Name}, "data": reference("#/components/schemas/" + t.Name),
				}},
			},
		},
		"examples": examples,
	}, nil
}

func packMessage(r *Registry) map[string]any {
	alternatives := make([]any, 0, len(r.names))
	for _, name := range r.names {
		alternatives = append(alternatives, reference("#/components/messages/"+name+"/payload"))
	}
	return map[string]any{
		"name": "pack", "title": "Pack of events", "contentType": "application/cloudevents-batch+json",
		"summary": "An array of events, or one event a line with the content type application/x-ndjson.",
		"headers": map[string]any{"type": "object", "properties": map[string]any{
			"Turnout-Count": map[string]any{"type": "string", "pattern": "^[0-9]+$", "description": "How many events the pack holds."},
		}},
		"payload": map[string]any{"type": "array", "maxItems": 1000, "items": map[string]any{"anyOf": alternatives}},
	}
}

// storedMessage is the announcement of a stored batch.
func storedMessage() map[string]any {
	closed := func(properties map[string]any) map[string]any {
		required := slices.Sorted(maps.Keys(properties))
		return map[string]any{"type": "object", "additionalProperties": false, "required": required, "properties": properties}
	}
	named := func(description string) map[string]any {
		return map[string]any{"type": "string", "description": description}
	}
	count := map[string]any{"type": "integer", "minimum": 0}
	event := closed(map[string]any{
		"type": named("The event type."), "time": map[string]any{"type": "string", "format": "date-time"}, "source": named("The system that sent it."),
		"subject": named("The id of what it is about; may be empty."), "mode": named("The mode of engagement, or empty."),
	})
	return map[string]any{
		"name": "stored", "title": "What was stored", "contentType": "application/json",
		"summary": "Counts of a batch that is in the warehouse, and the envelopes of its last events.",
		"payload": closed(map[string]any{
			"tenant":     named("The community."),
			"stream_seq": map[string]any{"type": "array", "items": count, "minItems": 2, "maxItems": 2, "description": "The first and the last position in the stream."},
			"events":     count, "types": map[string]any{"type": "object", "additionalProperties": count, "description": "Events by type."},
			"at":     map[string]any{"type": "string", "format": "date-time", "description": "When the batch was in the warehouse."},
			"sample": map[string]any{"type": "array", "maxItems": 50, "items": event},
		}),
	}
}

// envelopeSchema is the structured mode's envelope as JSON Schema.
func envelopeSchema() map[string]any {
	text := func(description string) map[string]any {
		return map[string]any{"type": "string", "minLength": 1, "maxLength": maxAttribute, "description": description}
	}
	instant := func(description string) map[string]any {
		return map[string]any{"type": "string", "format": "date-time", "description": description}
	}
	return map[string]any{
		"type": "object", "description": "CloudEvents 1.0 with Turnout's extension attributes.",
		"required": []any{"specversion", "id", "source", "type", "time", "data"},
		"properties": map[string]any{
			"specversion": map[string]any{"const": "1.0"}, "id": text("Unique within its source."), "source": text("The system that publishes."),
			"type": text("The event type."), "time": instant("When it happened."), "subject": text("The id of the main thing it is about."),
			"datacontenttype": text("application/json"), "dataschema": text("A URI; kept, not read."),
			"tenant":       map[string]any{"type": "string", "pattern": "^[a-z0-9-]{1,64}$", "description": "The community."},
			"recordedtime": instant("When its source recorded it; absent, time counts."),
			"revision":     map[string]any{"type": "integer", "minimum": 0, "maximum": MaxRevision, "description": "The highest of one business key counts."},
			"voided":       map[string]any{"type": "boolean", "description": "Takes the fact back; data then needs the key fields only."},
			"reason":       text("Why it was voided or corrected."), "traceparent": text("W3C trace context."),
			"data": map[string]any{"type": "object"},
		},
	}
}

// draft7 rewrites a type's schema for readers of draft 7: references replaced, and closed by the older keyword.
func draft7(t *Type) map[string]any {
	schema := maps.Clone(inlineAll(t.Source))
	delete(schema, "unevaluatedProperties")
	schema["additionalProperties"] = false
	schema["title"], schema["description"] = t.Title, t.Description
	return schema
}

// inlineAll is flatten with the fields' descriptions kept.
func inlineAll(source json.RawMessage) map[string]any {
	flat := flatten(source)
	var document map[string]any
	if json.Unmarshal(source, &document) != nil {
		return flat
	}
	for name, property := range asObject(document["properties"]) {
		if description, ok := asObject(property)["description"]; ok {
			asObject(asObject(flat["properties"])[name])["description"] = description
		}
	}
	return flat
}
