// Publishes with the client libraries that other people use: the CloudEvents SDK
// for JavaScript over HTTP in its three modes, and the NATS client directly.
//
// usage: node publish.mjs URL NATS TENANT
// It prints one JSON line for each answer.
import { CloudEvent, emitterFor, httpTransport, HTTP, Mode } from "cloudevents";
import { jetstream } from "@nats-io/jetstream";
import { connect, headers } from "@nats-io/transport-node";

const [url, nats, tenant] = process.argv.slice(2);
const endpoint = `${url}/v1/events`;

const attendance = (id) =>
  new CloudEvent({
    id,
    source: "/js",
    type: "attendance.recorded.v1",
    time: "2024-03-01T18:00:00.000Z",
    tenant,
    data: { gathering_id: "g-js", person_id: `p-${id}`, present: true, role: "participant", method: "qr" },
  });

const print = (how, answer) => console.log(JSON.stringify({ how, ...answer }));

async function post(how, message) {
  const response = await fetch(endpoint, { method: "POST", headers: message.headers, body: message.body });
  print(how, { status: response.status, ...(await response.json()) });
}

await post("structured", HTTP.structured(attendance("structured")));
await post("binary", HTTP.binary(attendance("binary")));
await post("batch", {
  headers: { "content-type": "application/cloudevents-batch+json" },
  body: JSON.stringify([attendance("batch-1"), attendance("batch-2")]),
});

for (const mode of [Mode.STRUCTURED, Mode.BINARY]) {
  const emit = emitterFor(httpTransport(endpoint), { mode });
  const answer = await emit(attendance(`emitted-${mode}`));
  print(`emitted ${mode}`, JSON.parse(answer.body));
}

const wrong = attendance("wrong").cloneWith({ type: "attendance.guessed.v1" });
await post("wrong", HTTP.structured(wrong));

const connection = await connect({ servers: nats.replace("nats://", "") });
const stream = jetstream(connection);
const subject = `turnout.events.${tenant}.attendance.recorded.v1`;

const structured = headers();
structured.set("Content-Type", "application/cloudevents+json");
print("nats structured", await stream.publish(subject, JSON.stringify(attendance("nats-structured")), { headers: structured }));

const { headers: attributes, body } = HTTP.binary(attendance("nats-binary"));
const binary = headers();
for (const [name, value] of Object.entries(attributes)) binary.set(name, String(value));
print("nats binary", await stream.publish(subject, body, { headers: binary }));

const pack = headers();
pack.set("Content-Type", "application/x-ndjson");
pack.set("Turnout-Count", "2");
const lines = ["nats-pack-1", "nats-pack-2"].map((id) => JSON.stringify(attendance(id))).join("\n");
print("nats pack", await stream.publish(`turnout.packs.${tenant}`, lines, { headers: pack }));

await stream.publish(subject, "not an event");
await connection.drain();
