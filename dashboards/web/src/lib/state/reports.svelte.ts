import type { Query } from '../api/client'
import type { Choice, Report, ReportDescription } from '../api/types'
import { addressFilters, isNarrowed, reportQuery } from '../filters/query'
import { community } from './community.svelte'
import { figures } from './figures'
import { language } from './language.svelte'
import { Resource, resource } from './resource.svelte'
import { route } from './route.svelte'
import { api, session } from './session.svelte'

const mostKept = 80
const freshFor = 30_000

interface Kept {
  answer: Promise<Report>
  abort: AbortController
  /** How many parts of the page wait for it; when the last one leaves, the request is dropped. */
  waiting: number
  done: boolean
  at: number
}

/** What was asked lately, so that two parts of a page, and a page that is come back to, do not ask for the same twice. */
export class ReportCache {
  #kept = new Map<string, Kept>()
  #values = new Map<string, Promise<Record<string, Choice[]>>>()
  #described = new Map<string, Promise<ReportDescription[]>>()
  /** Which community a key opens where none is named, once an answer has told: asking for it by name is asking for the same. */
  #unnamed = new Map<string, string>()

  /** The reports' descriptions in the reader's language, read once. */
  described(): Promise<ReportDescription[]> {
    const query = carriedQuery()
    delete query['view']
    const name = JSON.stringify([query, session.key, session.attempt])
    const known = this.#described.get(name)
    if (known) return known
    const asked = api.reports(query)
    this.#described.set(name, asked)
    asked.catch(() => this.#described.delete(name))
    return asked
  }

  /**
   * What filters without a fixed list can be set to in this community, read once; nothing where the server does not tell. Figures come
   * first: whoever opens a page looks at them, and a filter's choices later.
   */
  values(tenant: string): Promise<Record<string, Choice[]>> {
    const name = JSON.stringify([tenant, session.key, session.attempt])
    const known = this.#values.get(name)
    if (known) return known
    const asked = figures.shown().then(() => api.values(tenant ? { tenant } : {}))
    this.#values.set(name, asked)
    asked.catch(() => this.#values.delete(name))
    return asked
  }

  ask(name: string, query: Query, signal: AbortSignal): Promise<Report> {
    const opener = session.key
    const { tenant, ...nameless } = query
    const same = tenant !== undefined && tenant === this.#unnamed.get(opener)
    const key = JSON.stringify([name, same ? nameless : query, opener, session.attempt])
    let kept = this.#kept.get(key)
    if (!kept || (kept.done && Date.now() - kept.at > freshFor)) {
      const abort = new AbortController()
      const answer = figures.follow(api.report(name, query, abort.signal, this.described()))
      const made: Kept = { answer, abort, waiting: 0, done: false, at: Date.now() }
      made.answer.then(
        (report) => {
          made.done = true
          if (tenant === undefined && report.tenant !== '') this.#unnamed.set(opener, report.tenant)
        },
        () => this.#drop(key, made),
      )
      kept = made
      this.#keep(key, kept)
    }
    this.#wait(key, kept, signal)
    return kept.answer
  }

  /** What was answered before, for showing at once while it is asked again. */
  #keep(key: string, kept: Kept): void {
    this.#kept.delete(key)
    this.#kept.set(key, kept)
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= mostKept) break
      this.#kept.delete(oldest)
    }
  }

  #drop(key: string, kept: Kept): void {
    if (this.#kept.get(key) === kept) this.#kept.delete(key)
  }

  #wait(key: string, kept: Kept, signal: AbortSignal): void {
    kept.waiting += 1
    signal.addEventListener('abort', () => {
      kept.waiting -= 1
      // The part of the page that comes next may want the same: it gets there before the end of this turn.
      queueMicrotask(() => {
        if (kept.waiting > 0 || kept.done) return
        this.#drop(key, kept)
        kept.abort.abort()
      })
    })
  }
}

export const reports = new ReportCache()

/** What every request of the page carries: the community, the language, the shareable view. */
export function carriedQuery(): Query {
  return {
    ...(route.tenant ? { tenant: route.tenant } : {}),
    // Said aloud: the browser may prefer another language than its reader chose here.
    lang: language.choice,
    ...(route.shareable ? { view: 'shareable' } : {}),
  }
}

/** The address's filters, with presets as days. */
export function filtersNow(): Query {
  return addressFilters(route.query, { now: new Date(community.now), timezone: community.timezone })
}

/** Whether the reader's filters narrow anything down. */
export function narrowed(): boolean {
  return isNarrowed(filtersNow())
}

export interface UseReport {
  /** Names that the page does not know go to the API, which refuses unknown ones aloud: for the page of one report. */
  strict?: () => boolean
}

/**
 * A report's figures under the address's filters, read again whenever they change. `own` is what the page itself asks for (a grain, a
 * comparison); null = do not ask yet. While it is read again for other filters the last figures stay. Call it while a component is set up.
 */
export function useReport(name: string | (() => string), own: () => Query | null = () => ({}), options: UseReport = {}): Resource<Report> {
  const nameOf = typeof name === 'string' ? () => name : name
  // A text, so that opening a list or sorting (which change the address too) does not read the report again.
  const asked = $derived.by(() => {
    const set = own()
    return set === null || !community.settled ? null : JSON.stringify({ name: nameOf(), own: set, filters: filtersNow(), carried: carriedQuery(), strict: options.strict?.() ?? false })
  })
  return resource(
    () => {
      if (asked === null) return null
      const wanted = JSON.parse(asked) as Wanted
      return (signal) => read(wanted, signal)
    },
    () => `${nameOf()} ${route.tenant}`,
  )
}

interface Wanted {
  name: string
  own: Query
  filters: Query
  carried: Query
  strict: boolean
}

async function read(wanted: Wanted, signal: AbortSignal): Promise<Report> {
  let taken: ReadonlySet<string> | null = null
  if (Object.keys(wanted.filters).length > 0) {
    const described = (await reports.described()).find((one) => one.name === wanted.name)
    if (described) taken = new Set(described.parameters.map((parameter) => parameter.name))
  }
  const query = { ...wanted.carried, ...reportQuery(wanted.filters, wanted.own, taken, wanted.strict) }
  const report = await reports.ask(wanted.name, query, signal)
  community.timezone = report.timezone
  // A key may open one community, or the shareable view only: the address says so from then on.
  if (report.shareable && !route.shareable) route.change({ view: 'shareable' }, { replace: true })
  if (report.tenant !== '' && route.tenant === '') route.change({ tenant: report.tenant }, { replace: true })
  return { ...report, asked: query, own: wanted.own }
}

/** The descriptions of all reports, for filters and for the reference. */
export function useDescriptions(): Resource<ReportDescription[]> {
  return resource(() => {
    void language.choice
    void route.tenant
    return () => reports.described()
  })
}

/** What filters can be set to in the community that is shown. */
export function useValues(): Resource<Record<string, Choice[]>> {
  return resource(() => {
    const tenant = route.tenant
    return community.settled ? () => reports.values(tenant) : null
  })
}
