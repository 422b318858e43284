import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { mount, unmount } from 'svelte'
import { parse } from 'svelte/compiler'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import App from '../src/App.svelte'
import { language } from '../src/lib/state/language.svelte'
import { session } from '../src/lib/state/session.svelte'
import { fixtureFetch } from './fixture'

// Drawing needs a canvas; what is drawn is tested as a model, and in the browser tests.
vi.mock('../src/lib/report/draw', () => ({ draw: () => ({ update: () => undefined, resize: () => undefined, dispose: () => undefined }) }))

let app: Record<string, unknown> | undefined
let seen: string[] = []

function open(path: string): HTMLElement {
  history.replaceState(null, '', path)
  app = mount(App, { target: document.body })
  return document.body
}

function text(selector: string): string[] {
  return [...document.querySelectorAll(selector)].map((one) => one.textContent.replaceAll(/\s+/g, ' ').trim())
}

/** Waits until the condition gives a value: answers arrive as promises. */
function eventually<T>(look: () => T | null | undefined | false): Promise<T> {
  return vi.waitFor(() => {
    const found = look()
    if (found === null || found === undefined || found === false) throw new Error(`not yet: ${document.body.textContent.slice(0, 400)}`)
    return found
  }, 60_000)
}

beforeEach(() => {
  seen = []
  vi.stubGlobal('fetch', fixtureFetch(seen))
  document.body.innerHTML = ''
  session.forget()
})

afterEach(async () => {
  if (app) await unmount(app)
  app = undefined
})

describe('overview', () => {
  it('shows the latest gathering; every number leads to its list', async () => {
    open('/?tenant=ambassadors')
    await eventually(() => document.querySelector('.kpi a'))
    expect(text('.kpi b')).toEqual(['49', '14', '35'])
    expect(document.body.textContent).toContain('28.6 %')
    const link = document.querySelector<HTMLAnchorElement>('.kpi a[data-measure="new_members"]')
    expect(link?.getAttribute('href')).toBe('/?tenant=ambassadors&of=attendance&list=new_members&at.gathering_id=m-2022-05')
    expect(document.body.textContent).toContain('not recorded')
    expect(document.title).toBe('Overview · ambassadors · Turnout')
  })

  it('compares the period with the same one a year before', async () => {
    open('/?tenant=ambassadors')
    await eventually(() => document.querySelector('.figures'))
    expect(text('h2')).toContain('2022 to date in figures')
    expect(text('.figures .value')).toEqual(['60', '3', '25.0 %'])
    expect(text('.figures .change')).toEqual(['+20 % 50 a year before', '−25 % 4 a year before', '−25 points 50.0 % a year before'])
    expect(document.body.textContent).toContain('1 gathering not recorded')
    expect(seen.filter((address) => address.startsWith('/v1/reports/activity?'))).toHaveLength(1)
  })

  it('opens the list behind a number where it is', async () => {
    open('/?tenant=ambassadors&of=attendance&list=new_members&at.gathering_id=m-2022-05')
    await eventually(() => document.querySelectorAll('dialog tbody tr').length === 14)
    expect(text('#drill-title')).toEqual(['14 new members'])
    expect(seen.filter((address) => address.startsWith('/v1/reports/attendance?'))).toHaveLength(1)
  })

  it('chooses a community when the address names none, and says so in the address', async () => {
    open('/')
    await eventually(() => location.search === '?tenant=ambassadors')
    await eventually(() => document.querySelector('.kpi a'))
  })

  it('without data shows the command that sends a first event', async () => {
    open('/?tenant=empty')
    const command = await eventually(() => document.querySelector('pre'))
    expect(command.textContent).toContain('/v1/events')
    expect(command.textContent).toContain('"tenant": "empty"')
    expect(text('h2')).toContain('No data yet')
  })
})

describe('a report', () => {
  it('shows its question, its definition, and "not recorded" apart from 0', async () => {
    open('/reports/attendance?tenant=ambassadors')
    await eventually(() => document.querySelector('tbody'))
    expect(text('h1')).toEqual(['Attendance'])
    expect(document.body.textContent).toContain('not recorded is not zero')
    expect(text('td[data-column="attended"]')).toEqual(['35', 'not recorded', '49', 'not yet'])
    expect(text('tbody .tag')).toEqual(['unfinished'])
  })

  it('opens the list behind a number from its link, and closes it', async () => {
    open('/reports/attendance?tenant=ambassadors')
    const cell = await eventually(() => document.querySelectorAll<HTMLAnchorElement>('td[data-column="new_members"] a')[0])
    cell.click()
    await eventually(() => document.querySelectorAll('dialog tbody tr').length === 14)
    expect(text('#drill-title')).toEqual(['14 new members'])
    expect(seen.at(-1)).toContain('measure=new_members')
    const close = document.querySelector<HTMLButtonElement>('dialog header button')
    close?.click()
    await eventually(() => !document.querySelector('dialog'))
    expect(location.search).toBe('?tenant=ambassadors')
  })

  it('sorts by a heading and keeps the order in the address', async () => {
    open('/reports/lifecycle?tenant=davis')
    const heading = await eventually(() => [...document.querySelectorAll<HTMLButtonElement>('thead button')].find((one) => one.textContent.startsWith('Active')))
    heading.click()
    await eventually(() => location.search.includes('sort=-active'))
    expect(text('td[data-column="active"]').slice(0, 3)).toEqual(['14', '12', '10'])
  })

  it('puts its filters into the address, and asks with them', async () => {
    open('/reports/lifecycle?tenant=davis')
    const grain = await eventually(() => [...document.querySelectorAll<HTMLButtonElement>('.filters [aria-pressed]')].find((one) => one.textContent === 'Year'))
    grain.click()
    await eventually(() => seen.some((address) => address.includes('grain=year')))
    expect(location.search).toBe('?tenant=davis&grain=year')
  })

  it('offers what the community has, by the names that people use', async () => {
    open('/gatherings?tenant=ambassadors')
    const button = await eventually(() => [...document.querySelectorAll<HTMLButtonElement>('.filters button')].find((one) => one.textContent.startsWith('Chapter: all')))
    button.click()
    const box = await eventually(() => document.querySelector<HTMLInputElement>('.filters .panel input[type="checkbox"]'))
    expect(text('.filters .panel label')).toEqual(['Berlin'])
    box.click()
    await eventually(() => location.search.includes('chapter=ch-1'))
    await eventually(() => seen.some((address) => address.startsWith('/v1/reports/attendance?') && address.includes('chapter=ch-1')))
    await eventually(() => text('.filters button').some((one) => one.startsWith('Chapter: Berlin')))
  })

  it('tells a filter that leaves nothing from a community without data', async () => {
    open('/reports/attendance?tenant=davis&from=2030-01-01')
    await eventually(() => text('h2').includes('The filters leave nothing'))
    expect(document.querySelector('pre')).toBeNull()
  })

  it('says what is wrong and what to do', async () => {
    open('/reports/attendance?tenant=davis&from=nonsense')
    const alert = await eventually(() => document.querySelector('[role="alert"]'))
    expect(alert.textContent).toContain('"nonsense" is not a date.')
    expect(alert.textContent).toContain('Write a day 2024-05-27.')
  })
})

describe('keys', () => {
  it('asks for a key when the server does, and opens with it', async () => {
    open('/?tenant=locked')
    const input = await eventually(() => document.querySelector<HTMLInputElement>('input[type="password"]'))
    input.value = 'good'
    input.dispatchEvent(new Event('input', { bubbles: true }))
    document.querySelector<HTMLButtonElement>('form button')?.click()
    await eventually(() => document.querySelector('.kpi a'))
    expect(sessionStorage.getItem('turnout.key')).toBe('good')
    expect(location.href).not.toContain('good')
  })

  it('says when a key is not accepted', async () => {
    session.unlock('wrong')
    open('/?tenant=locked')
    const alert = await eventually(() => document.querySelector('[role="alert"]'))
    expect(alert.textContent).toContain('did not accept')
  })
})

describe('the rest', () => {
  it.each([
    ['/reports', 'All reports', 'Who is new, who stays'],
    ['/reference', 'Reference', 'attendance.recorded.v1'],
    ['/reference/attendance.recorded.v1', 'A person was (not) present at a gathering', 'participant'],
    ['/status', 'Data health', 'Data health'],
    ['/nowhere/at/all', 'There is no such page', 'All reports'],
  ])('%s', async (path, heading, words) => {
    open(`${path}?tenant=davis`)
    await eventually(() => document.querySelector('main')?.textContent.includes(words))
    expect(text('h1')).toEqual([heading])
  })

  it('says that the engine restarts, and tries again by itself', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    open('/reports/attendance?tenant=restarting')
    await vi.waitFor(() => expect(document.querySelector('[role="alert"]')?.textContent).toContain('The warehouse is restarting'), 60_000)
    const asked = () => seen.filter((address) => address.startsWith('/v1/reports/attendance?')).length
    const before = asked()
    await vi.advanceTimersByTimeAsync(3000)
    vi.useRealTimers()
    expect(asked()).toBe(before + 1)
  })

  it('does not say that nothing was ever stored when the warehouse does not answer', async () => {
    const answers = fixtureFetch(seen)
    const silent = { warehouse: { state: 'unavailable' }, tenants: [], stored_last_at: null }
    vi.stubGlobal('fetch', (input: string, init?: RequestInit) => (input.startsWith('/v1/status') ? Promise.resolve(new Response(JSON.stringify(silent))) : answers(input, init)))
    open('/gatherings?tenant=ambassadors')
    await eventually(() => document.querySelector('[data-banner="restarting"]'))
    await eventually(() => document.querySelector('.freshness'))
    expect(document.querySelector('.freshness')?.textContent).not.toContain('No event stored yet')
  })

  it('says when nothing answers', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('refused')))
    open('/reports?tenant=silent')
    const alert = await eventually(() => document.querySelector('[role="alert"]'))
    expect(alert.textContent).toContain('The server does not answer')
  })
})

describe('the shareable view', () => {
  it('says what it is, asks for it, and opens definitions but no lists', async () => {
    open('/?tenant=ambassadors&view=shareable&of=attendance&list=attended&at.gathering_id=m-2022-05')
    await eventually(() => document.querySelector('dialog .closed'))
    expect(text('[data-banner]')[0]).toContain('Shareable view')
    expect(seen.some((address) => address.includes('/rows'))).toBe(false)
    expect(seen.filter((address) => address.startsWith('/v1/reports/')).every((address) => address.includes('view=shareable'))).toBe(true)
    expect(document.querySelector('dialog .definition')).not.toBeNull()
  })

  it('is what a key that opens nothing else shows, and the address says so', async () => {
    open('/gatherings?tenant=shared')
    await eventually(() => location.search.includes('view=shareable'))
    await eventually(() => text('[data-banner]')[0]?.includes('Shareable view'))
  })
})

describe('the language', () => {
  afterEach(() => language.choose('en'))

  it('changes everywhere at once, stays in the address, and goes to the API', async () => {
    open('/gatherings?tenant=ambassadors')
    await eventually(() => document.querySelector('tbody'))
    document.querySelector<HTMLButtonElement>('button[lang="ru"]')?.click()
    await eventually(() => text('h1')[0] === 'Мероприятия')
    expect(location.search).toContain('lang=ru')
    await eventually(() => seen.some((address) => address.startsWith('/v1/reports/attendance?') && address.includes('lang=ru')))
    expect(text('td[data-column="attended"]')).toContain('не записано')
    expect(document.documentElement.lang).toBe('ru')
    expect(text('nav a')).toContain('Удержание')
  })
})

describe('one gathering', () => {
  it('shows who came; of what is not there it says so', async () => {
    open('/gatherings/m-2022-05?tenant=ambassadors')
    await eventually(() => document.querySelector('.kpi a'))
    expect(text('h1')).toEqual(['Second meeting of ambassadors'])
    expect(text('.kpi b')).toEqual(['49', '14', '35'])
    expect(document.body.textContent).toContain('28.6 % of those present were new')
  })

  it('tells a gathering that nobody recorded from one that is unknown', async () => {
    open('/gatherings/m-2022-04?tenant=ambassadors')
    await eventually(() => document.querySelector('.kpi.none'))
    expect(text('.kpi')).toEqual(['not recorded'])
    if (app) await unmount(app)
    open('/gatherings/nothing?tenant=ambassadors')
    await eventually(() => text('h2').includes('There is no such gathering'))
  })
})

describe('words', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.svelte'))

  it.each(files)('%s takes them from the strings', (name) => {
    const tree = parse(readFileSync(join('src', name), 'utf8'), { modern: true })
    const found: string[] = []
    const look = (node: unknown) => {
      if (typeof node !== 'object' || node === null) return
      const { type, data } = node as { type?: string; data?: string }
      if (type === 'Text' && data && /\p{L}{2,}/u.test(data)) found.push(data.trim())
      for (const [key, value] of Object.entries(node)) {
        // Classes, addresses and the like are texts to the parser, not words.
        if (type === 'Attribute' && !/^(title|aria-label|placeholder|alt)$/.test(String((node as { name?: string }).name))) continue
        if (type === 'StyleDirective' || key === 'css' || key === 'instance' || key === 'module' || key === 'options') continue
        if (Array.isArray(value)) value.forEach(look)
        else look(value)
      }
    }
    look(tree.fragment)
    expect(found).toEqual([])
  })
})
