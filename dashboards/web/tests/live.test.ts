import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ApiError } from '../src/lib/api/client'
import { Pipeline } from '../src/lib/api/pipeline'
import { readAnnouncement, type Announcement } from '../src/lib/live/announcement'
import { Ledger, mostLines, window } from '../src/lib/live/ledger'
import { EventStreamReader } from '../src/lib/live/sse'

function announcement(over: Partial<Announcement> = {}): Announcement {
  const event = { type: 'attendance.recorded.v1', time: '2026-01-01T00:00:00Z', source: 'urn:desk', subject: 'g-1', mode: 'experiential' }
  return { tenant: 't', events: 1, types: { 'attendance.recorded.v1': 1 }, at: '2026-01-01T00:00:01Z', sample: [event], ...over }
}

describe('an event stream', () => {
  const text = ': still here\n\nevent: stored\nid: 7\ndata: {"a":1}\n\ndata: first\r\ndata: second\r\n\r\nevent: end\rdata: x\r\r\n'

  it('is read the same in pieces of any size', () => {
    const wanted = [
      { event: 'stored', data: '{"a":1}' },
      { event: 'message', data: 'first\nsecond' },
      { event: 'end', data: 'x' },
    ]
    for (let size = 1; size <= text.length; size++) {
      const reader = new EventStreamReader()
      const found = []
      for (let i = 0; i < text.length; i += size) found.push(...reader.push(text.slice(i, i + size)))
      expect(found, `pieces of ${size}`).toEqual(wanted)
    }
  })

  it('gives nothing for what is not ended', () => {
    expect(new EventStreamReader().push('data: half\n')).toEqual([])
  })
})

describe('an announcement', () => {
  it('is read with what it has', () => {
    const read = readAnnouncement(JSON.stringify({ tenant: 't', events: 3, types: { a: 3, b: 'x' }, at: 'now', sample: [{ type: 'a' }], more: 1 }))
    expect(read).toEqual({ tenant: 't', events: 3, types: { a: 3 }, at: 'now', sample: [{ type: 'a', time: '', source: '', subject: '', mode: '' }] })
  })

  it('is none when it is something else', () => {
    for (const text of ['', '{', 'null', '[]', '{"events":"many"}', '{"reason":"stopping"}']) expect(readAnnouncement(text)).toBeNull()
  })
})

describe('the ledger', () => {
  it('keeps the latest lines, in bounded memory, and counts all', () => {
    const ledger = new Ledger()
    for (let i = 0; i < mostLines + 50; i++) ledger.add(announcement({ at: String(i) }), i * 10)
    expect(ledger.lines).toHaveLength(mostLines)
    expect(ledger.lines[0]?.at).toBe(String(mostLines + 49))
    expect(ledger.total).toBe(mostLines + 50)
    expect(ledger.byType.get('attendance.recorded.v1')).toBe(mostLines + 50)
    expect(new Set(ledger.lines.map((line) => line.id)).size).toBe(mostLines)
  })

  it('tells how many more there were than it shows', () => {
    const ledger = new Ledger()
    ledger.add(announcement({ events: 400, types: { 'attendance.recorded.v1': 399, 'member.left.v1': 1 } }), 0)
    expect(ledger.lines.map((line) => [line.event?.type ?? null, line.more])).toEqual([
      [null, 399],
      ['attendance.recorded.v1', 0],
    ])
    expect(ledger.total).toBe(400)
  })

  it('counts events a second over the last minute, and forgets older ones', () => {
    const ledger = new Ledger()
    ledger.add(announcement({ events: 5 }), 1000)
    ledger.add(announcement({ events: 2 }), 60_500)
    expect(ledger.rates(60_900)).toHaveLength(window)
    expect(ledger.rates(60_900)[0]).toBe(5)
    expect(ledger.rates(60_900).at(-1)).toBe(2)
    ledger.add(announcement({ events: 1 }), 61_000)
    expect(ledger.rates(61_000).reduce((sum, one) => sum + one, 0)).toBe(3)
  })
})

describe('the pipeline’s part of the API', () => {
  const answer = (body: BodyInit | null, status = 200) => Promise.resolve(new Response(body, { status }))
  let asked: [string, RequestInit | undefined][]
  let next: () => Promise<Response>
  let pipeline: Pipeline

  beforeEach(() => {
    asked = []
    pipeline = new Pipeline({
      key: () => 'tk_secret',
      fetch: (input, init) => {
        asked.push([String(input), init])
        return next()
      },
    })
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('sends the key with everything, and the correction with a replay', async () => {
    next = () => answer(JSON.stringify({ results: [{ id: '1-0', status: 'valid' }] }))
    const result = await pipeline.replay({ ids: ['1-0'], set: { 'data.role': 'host' }, dry_run: true }, 'a b')
    expect(result).toEqual([{ id: '1-0', status: 'valid' }])
    const [path, init] = asked[0] ?? ['', undefined]
    expect(path).toBe('/v1/deadletters/replay?tenant=a+b')
    expect(init?.headers).toMatchObject({ authorization: 'Bearer tk_secret', 'content-type': 'application/json' })
    expect(JSON.parse(String(init?.body))).toEqual({ ids: ['1-0'], set: { 'data.role': 'host' }, dry_run: true })
  })

  it('says what the server said when it refuses', async () => {
    next = () => answer(JSON.stringify({ code: 'missing_scope', title: 'Not allowed', detail: 'No.', hint: 'Ask.' }), 403)
    const error = await pipeline.discard('1-0', 't').catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(ApiError)
    expect((error as ApiError).problem).toMatchObject({ status: 403, code: 'missing_scope', hint: 'Ask.' })
  })

  it('follows a stream: opened once, each announcement, and what is none is left out', async () => {
    next = () => answer(`event: hello\ndata: {"tenant":"t"}\n\nevent: stored\ndata: ${JSON.stringify(announcement({ events: 4 }))}\n\n: still here\n\n`)
    const seen: string[] = []
    await pipeline.live('t', new AbortController().signal, { opened: () => seen.push('opened'), announced: (one) => seen.push(String(one.events)) })
    expect(seen).toEqual(['opened', '4'])
  })
})
