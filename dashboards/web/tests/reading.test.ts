import { describe, expect, it } from 'vitest'
import { Api, ApiError, confirmed } from '../src/lib/api/client'
import { readReport, readReports, readStatus } from '../src/lib/api/normalise'
import type { Report } from '../src/lib/api/types'
import { chartModel, heatModel } from '../src/lib/report/chart'
import { listLayout, shownColumns } from '../src/lib/report/columns'
import { splitGatherings } from '../src/lib/report/gatherings'
import { latestRows } from '../src/lib/report/latest'
import { answer, fixtureFetch } from './fixture'

const api = new Api({ key: () => '', fetch: fixtureFetch() })

function report(name: string): Promise<Report> {
  return api.report(name, { tenant: 'ambassadors' })
}

describe('the client', () => {
  it('sends the key as a bearer token, and only when there is one', async () => {
    const sent: (string | null)[] = []
    const fake: typeof fetch = (_, init) => {
      sent.push(new Headers(init?.headers).get('authorization'))
      return Promise.resolve(new Response('{"reports":[]}'))
    }
    await new Api({ key: () => 'secret', fetch: fake }).reports({})
    await new Api({ key: () => '', fetch: fake }).reports({})
    expect(sent).toEqual(['Bearer secret', null])
  })

  it('carries the problem document’s words', async () => {
    const error = await api.report('attendance', { from: 'nonsense' }).catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(ApiError)
    expect((error as ApiError).problem).toMatchObject({ status: 400, detail: '"nonsense" is not a date.', hint: 'Write a day 2024-05-27.' })
  })

  it.each([
    ['no answer', () => Promise.reject(new TypeError('refused')), { status: 0, code: 'unreachable' }],
    ['half an answer', () => Promise.resolve(new Response('{"rep')), { status: 0, code: 'unreadable' }],
    ['a proxy’s page', () => Promise.resolve(new Response('<h1>Bad gateway</h1>', { status: 502, statusText: 'Bad Gateway' })), { status: 502, title: 'Bad Gateway' }],
  ])('tells %s from the others', async (_, fake, want) => {
    const error = await new Api({ key: () => '', fetch: fake }).status({}).catch((cause: unknown) => cause)
    expect((error as ApiError).problem).toMatchObject(want)
  })

  it('takes a kept answer for as fresh as the server confirmed it', () => {
    expect(confirmed('2026-11-22T12:00:00Z', 'Sun, 22 Nov 2026 12:30:00 GMT')).toBe('2026-11-22T12:30:00Z')
    expect(confirmed('2026-11-22T12:00:00Z', 'Sun, 22 Nov 2026 12:00:02 GMT')).toBe('2026-11-22T12:00:00Z')
    expect(confirmed('2026-11-22T12:00:00Z', null)).toBe('2026-11-22T12:00:00Z')
    expect(confirmed('', 'Sun, 22 Nov 2026 12:00:02 GMT')).toBe('')
  })

  it('is dropped without an error of its own when aborted', async () => {
    const abort = new AbortController()
    const fake: typeof fetch = () => {
      abort.abort()
      return Promise.reject(new DOMException('dropped', 'AbortError'))
    }
    const error = await new Api({ key: () => '', fetch: fake }).status({}, abort.signal).catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(DOMException)
  })
})

describe('reading', () => {
  it('joins figures with their declaration, and takes the mark of unfinished rows out of the columns', async () => {
    const read = await report('attendance')
    expect(read.columns.map((column) => column.name)).not.toContain('unfinished')
    expect(read.columns.find((column) => column.name === 'gathering_id')?.role).toBe('dimension')
    expect([...read.unfinished]).toEqual([3])
    expect(read.rows[1]?.['attended']).toBeNull()
  })

  it('offers no list for a column that nobody declared', () => {
    const read = readReport({ report: 'x', columns: [{ name: 'n', type: 'integer' }], rows: [{ n: 1 }] }, undefined)
    expect(read.columns[0]).toMatchObject({ name: 'n', title: 'N', role: 'attribute', drill: false })
  })

  it.each([[null], ['text'], [[]], [{ reports: 'none' }], [{ reports: [null, 3] }]])('does not break on %j', (body) => {
    expect(Array.isArray(readReports(body))).toBe(true)
    expect(readReport(body, undefined).rows).toEqual([])
    expect(readStatus(body).tenants).toEqual([])
  })
})

describe('charts', () => {
  it('show what is not recorded as missing, not as 0, and what is to come as neither', async () => {
    const model = chartModel(await report('attendance'))
    expect(model?.missing).toEqual([true, true, false, false])
    expect(model?.unfinished).toEqual([false, false, false, true])
    expect(model?.series.map((series) => series.values[1])).toEqual([null, null])
    expect(model?.categories[2]).toBe('Second meeting of ambassadors\n27 May 2022')
  })

  it('draw an undivided total where the parts are not told apart', async () => {
    const read = await report('attendance')
    const model = chartModel({ ...read, chart: { kind: 'stacked', x: 'title', y: ['continuing', 'new_members'], negative: [], total: 'attended' } })
    expect(model?.missing).toEqual([false, true, false, false])
    expect(model?.series.at(-1)).toMatchObject({ measure: 'attended', values: [35, null, null, null] })
  })

  it('draw who went away downwards', async () => {
    const model = chartModel(await report('lifecycle'))
    expect(model?.stacked).toBe(true)
    expect(model?.series.filter((series) => series.negative).map((series) => series.measure)).toEqual(['dormant'])
    expect(model?.unfinished.at(-1)).toBe(true)
  })

  it('lay a long result out as lines and columns', async () => {
    const heat = heatModel(await report('retention'))
    expect(heat?.columns).toEqual(['0', '1', '2', '3', '4'])
    expect(heat?.lines.map((line) => line.label)).toEqual(['Jan 2022', 'Feb 2022', 'Mar 2022'])
    expect(heat?.lines[2]?.cells).toEqual([9, 10, 11, null, null])
    expect(heat?.size?.name).toBe('size')
    expect(heat?.count?.name).toBe('persons')
  })

  it('are left out when the report declares none that is known', async () => {
    const read = await report('attendance')
    expect(chartModel({ ...read, chart: null })).toBeNull()
    expect(chartModel({ ...read, chart: { kind: 'number', x: '', y: [], negative: [], total: '' } })).toBeNull()
    expect(chartModel({ ...read, rows: [] })).toBeNull()
  })

  it('keep the mark of unfinished periods when only the last are shown', async () => {
    const last = latestRows(await report('lifecycle'), 3)
    expect(last.rows.map((row) => row['period'])).toEqual(['2022-04', '2022-05', '2022-06'])
    expect([...last.unfinished]).toEqual([2])
  })
})

describe('the overview', () => {
  it('takes the latest gathering on record, and the next that has not', async () => {
    const { latest, since, before, upcoming } = splitGatherings(await report('attendance'))
    expect(latest).toMatchObject({ id: 'm-2022-05', attended: 49, newMembers: 14, continuing: 35 })
    expect(since).toEqual([])
    expect(before.map((one) => [one.id, one.attended])).toEqual([['m-2022-04', null], ['m-2022-03', 35]])
    expect(upcoming.map((one) => one.id)).toEqual(['m-2022-07'])
  })

  it('names what has begun since then without a record, instead of showing it as the latest figure', async () => {
    const read = await report('attendance')
    const { latest, since, upcoming } = splitGatherings({ ...read, as_of: '2022-08-01T00:00:00Z' })
    expect(latest?.id).toBe('m-2022-05')
    expect(since.map((one) => one.id)).toEqual(['m-2022-07'])
    expect(upcoming).toEqual([])
    const unrecorded = splitGatherings({ ...read, rows: read.rows.map((row) => ({ ...row, attended: null })) })
    expect(unrecorded.latest).toMatchObject({ id: 'm-2022-05', attended: null })
    expect(unrecorded.since).toEqual([])
  })

  it('takes a number that the shareable view leaves out for recorded', async () => {
    const read = await report('attendance')
    const shared = { ...read, rows: read.rows.map((row) => ({ ...row, attended: null })), suppressed: new Map([['0.attended', 'fewer than 5']]) }
    expect(splitGatherings(shared).latest).toMatchObject({ id: 'm-2022-03', attended: null, recorded: true })
    expect(splitGatherings(shared).since.map((one) => one.id)).toEqual(['m-2022-05', 'm-2022-04'])
  })
})

describe('tables', () => {
  it('begin a list with who it is about, end it with flags, and leave out what all rows share', async () => {
    const [sample] = (await report('lifecycle')).columns
    const made = (name: string, type = 'string') => ({ ...sample!, name, type, role: 'attribute' as const })
    const columns = [made('period'), made('is_new', 'integer'), made('joined_at', 'datetime'), made('person_id')]
    const cut = { report: 'lifecycle', measure: 'new', at: { period: '2022-05' }, own: {} }
    const names = (rows: Record<string, string | number | null>[]) => {
      const layout = listLayout(columns, rows, cut)
      return [layout.columns.map((column) => column.name), layout.shared.map((column) => column.name)]
    }
    const one = { person_id: 'p-1', joined_at: '2022-01-01T00:00:00Z', is_new: 1, period: '2022-05' }
    expect(names([one])).toEqual([['person_id', 'joined_at', 'is_new'], []])
    expect(names([one, { ...one, person_id: 'p-2', is_new: 0 }])).toEqual([['person_id', 'is_new'], ['joined_at']])
    expect(names([one, { ...one, person_id: 'p-2' }].map((row) => ({ ...row, joined_at: null })))).toEqual([['person_id'], []])
  })

  it('put an id below the title it belongs to', async () => {
    const shown = shownColumns((await report('attendance')).columns)
    expect(shown[0]?.column.name).toBe('title')
    expect(shown[0]?.below?.name).toBe('gathering_id')
    expect(shown).toHaveLength(7)
  })
})

it('the fixture refuses what the API would refuse', () => {
  expect(answer('/v1/reports/nothing').status).toBe(404)
  expect(answer('/v1/reports?tenant=locked').status).toBe(401)
  expect(answer('/v1/reports?tenant=locked', 'good').status).toBe(200)
})
