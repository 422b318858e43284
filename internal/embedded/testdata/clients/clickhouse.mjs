// Uses the engine through clickhouse (npm): node clickhouse.mjs URL DATABASE
import assert from 'node:assert/strict'
import clickhouse from 'clickhouse'

const [address, database] = process.argv.slice(2)
const url = new URL(address)

const client = new clickhouse.ClickHouse({
  url: `${url.protocol}//${url.hostname}`, port: Number(url.port), basicAuth: { username: 'default', password: '' },
  format: 'json', raw: false, isUseGzip: false, config: { database, session_timeout: 60, output_format_json_quote_64bit_integers: 0 },
})
await client.query('CREATE OR REPLACE TABLE people (id UInt64, name String) ENGINE = MergeTree ORDER BY id').toPromise()
await client.insert('INSERT INTO people (id, name)', [{ id: 1, name: 'a' }, { id: 2, name: "b'\t" }]).toPromise()
const sink = client.insert('INSERT INTO people').stream()
for (let id = 3; id <= 5000; id++) await sink.writeRow([id, `n${id}`])
await sink.exec()
const found = await client.query('SELECT id, name FROM people WHERE id = {id:UInt64}', { params: { id: 2 } }).toPromise()
assert.deepEqual(found, [{ id: 2, name: "b'\t" }])
let count = 0
for await (const row of client.query('SELECT id FROM people ORDER BY id').stream()) count += row.id > 0 ? 1 : 0
assert.equal(count, 5000)
await assert.rejects(client.query('SELECT * FROM nosuch').toPromise(), (error) => error.code === 60)
console.log('ok')
