// Uses the engine through @clickhouse/client: node client.mjs URL DATABASE
import assert from 'node:assert/strict'
import { createClient, ClickHouseError } from '@clickhouse/client'

const [url, database] = process.argv.slice(2)

for (const compression of [false, true]) {
  const client = createClient({
    url, database, username: 'default',
    compression: { request: compression, response: compression },
    clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
  })
  assert.equal((await client.ping()).success, true)
  await client.command({ query: 'CREATE OR REPLACE TABLE gatherings (id UInt64, title String, at Date32) ENGINE = MergeTree ORDER BY id' })

  await client.insert({
    table: 'gatherings', format: 'JSONEachRow',
    values: [{ id: 1, title: 'meeting ☺', at: '1905-03-04' }, { id: 2, title: "o'clock\n\n", at: '2022-05-27' }],
  })
  const stream = async function * () {
    for (let id = 3; id <= 20000; id++) yield { id, title: `t${id}`, at: '2022-05-27' }
  }
  const { Readable } = await import('node:stream')
  const inserted = await client.insert({ table: 'gatherings', values: Readable.from(stream(), { objectMode: true }), format: 'JSONEachRow' })
  assert.equal(inserted.summary?.written_rows, '19998')

  const found = await client.query({
    query: 'SELECT title, at FROM gatherings WHERE id = {id:UInt64}', query_params: { id: 2 }, format: 'JSON',
  })
  assert.deepEqual((await found.json()).data, [{ title: "o'clock\n\n", at: '2022-05-27' }])

  const rows = await client.query({ query: 'SELECT id FROM gatherings ORDER BY id', format: 'JSONEachRow' })
  let count = 0
  for await (const batch of rows.stream()) count += batch.length
  assert.equal(count, 20000)

  await assert.rejects(
    client.query({ query: 'SELECT * FROM nosuch', format: 'JSON' }),
    (error) => error instanceof ClickHouseError && error.code === '60' && error.type === 'UNKNOWN_TABLE',
  )
  const leaving = new AbortController()
  setTimeout(() => leaving.abort(), 100)
  await assert.rejects(client.query({ query: 'SELECT sleepEachRow(1) FROM numbers(100) SETTINGS max_block_size = 1', abort_signal: leaving.signal }))
  await client.close()
}
console.log('ok')
