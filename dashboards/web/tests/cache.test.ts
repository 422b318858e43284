import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ReportCache } from '../src/lib/state/reports.svelte'
import { answer } from './fixture'

let asked: { address: string; aborted: () => boolean; answer: () => void }[] = []

beforeEach(() => {
  asked = []
  vi.stubGlobal('fetch', (address: string, init: RequestInit) =>
    new Promise<Response>((resolve, reject) => {
      init.signal?.addEventListener('abort', () => reject(new DOMException('dropped', 'AbortError')))
      asked.push({
        address,
        aborted: () => init.signal?.aborted ?? false,
        answer: () => resolve(new Response(JSON.stringify(answer(address).body))),
      })
    }),
  )
})

afterEach(() => vi.unstubAllGlobals())

const figures = () => asked.filter((one) => one.address.startsWith('/v1/reports/lifecycle'))
const answerAll = () => asked.forEach((one) => one.answer())

it('asks once for what two parts of a page want, and again for other filters', async () => {
  const cache = new ReportCache()
  const signal = new AbortController().signal
  const both = Promise.all([cache.ask('lifecycle', { tenant: 'a' }, signal), cache.ask('lifecycle', { tenant: 'a' }, signal)])
  expect(figures()).toHaveLength(1)
  answerAll()
  const [one, other] = await both
  expect(one).toBe(other)
  void cache.ask('lifecycle', { tenant: 'a', grain: 'year' }, signal)
  expect(figures()).toHaveLength(2)
})

it('does not ask again for a community by name that was answered for without one', async () => {
  const cache = new ReportCache()
  const signal = new AbortController().signal
  vi.stubGlobal('fetch', vi.fn((address: string) => {
    const body = answer(address).body as Record<string, unknown>
    const told = address.startsWith('/v1/reports/lifecycle') ? { ...body, parameters: { tenant: 'a', view: 'full' } } : body
    return Promise.resolve(new Response(JSON.stringify(told)))
  }))
  const first = await cache.ask('lifecycle', { lang: 'en' }, signal)
  expect(first.tenant).toBe('a')
  expect(await cache.ask('lifecycle', { tenant: 'a', lang: 'en' }, signal)).toBe(first)
  expect(await cache.ask('lifecycle', { tenant: 'b', lang: 'en' }, signal)).not.toBe(first)
})

it('drops a request when nobody waits for it any more, and not before', async () => {
  const cache = new ReportCache()
  const [first, second] = [new AbortController(), new AbortController()]
  const answers = [cache.ask('lifecycle', {}, first.signal), cache.ask('lifecycle', {}, second.signal)]
  first.abort()
  await Promise.resolve()
  expect(figures()[0]?.aborted()).toBe(false)
  second.abort()
  await Promise.resolve()
  expect(figures()[0]?.aborted()).toBe(true)
  await Promise.allSettled(answers)
})

it('hands a request over to the page that comes next, and never an aborted one', async () => {
  const cache = new ReportCache()
  const leaving = new AbortController()
  void cache.ask('lifecycle', {}, leaving.signal).catch(() => undefined)
  leaving.abort()
  const next = cache.ask('lifecycle', {}, new AbortController().signal)
  await Promise.resolve()
  expect(figures()).toHaveLength(1)
  answerAll()
  expect((await next).name).toBe('lifecycle')

  const gone = new AbortController()
  void cache.ask('lifecycle', { grain: 'year' }, gone.signal).catch(() => undefined)
  gone.abort()
  await Promise.resolve()
  const later = cache.ask('lifecycle', { grain: 'year' }, new AbortController().signal)
  answerAll()
  expect((await later).name).toBe('lifecycle')
})

it('asks again after a failure', async () => {
  const cache = new ReportCache()
  const signal = new AbortController().signal
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('refused')))
  await expect(cache.ask('lifecycle', {}, signal)).rejects.toMatchObject({ problem: { code: 'unreachable' } })
  vi.stubGlobal('fetch', (address: string) => Promise.resolve(new Response(JSON.stringify(answer(address).body))))
  expect((await cache.ask('lifecycle', {}, signal)).rows.length).toBeGreaterThan(0)
})
