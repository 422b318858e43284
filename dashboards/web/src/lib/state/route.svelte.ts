/** The address is the page's state: what is shown, for which tenant, with which filters, and which list is open. */

import { carried, common } from '../filters/names'

export type Page =
  | { name: 'overview' }
  | { name: 'gatherings' }
  | { name: 'gathering'; gathering: string }
  | { name: 'retention' }
  | { name: 'engagement' }
  | { name: 'careers' }
  | { name: 'groups' }
  | { name: 'members' }
  | { name: 'member'; person: string }
  | { name: 'health' }
  | { name: 'live' }
  | { name: 'reports' }
  | { name: 'report'; report: string }
  | { name: 'reference' }
  | { name: 'eventType'; type: string }
  | { name: 'reportDefinition'; report: string }
  | { name: 'unknown' }

/** Addresses of one part. /status is the older name of data health. */
const single: Readonly<Record<string, Page>> = {
  gatherings: { name: 'gatherings' },
  retention: { name: 'retention' },
  engagement: { name: 'engagement' },
  careers: { name: 'careers' },
  groups: { name: 'groups' },
  members: { name: 'members' },
  health: { name: 'health' },
  status: { name: 'health' },
  live: { name: 'live' },
  reports: { name: 'reports' },
  reference: { name: 'reference' },
}

const detail: Readonly<Record<string, (id: string) => Page>> = {
  gatherings: (gathering) => ({ name: 'gathering', gathering }),
  members: (person) => ({ name: 'member', person }),
  reports: (report) => ({ name: 'report', report }),
  reference: (type) => ({ name: 'eventType', type }),
}

/** The Go handler knows the same routes (isPageRoute in handler.go). */
export function parsePath(path: string): Page {
  const [first, second, third, ...more] = path.split('/').filter((part) => part !== '')
  if (first === undefined) return { name: 'overview' }
  if (second === undefined) return single[first] ?? { name: 'unknown' }
  if (third === undefined) return detail[first]?.(decode(second)) ?? { name: 'unknown' }
  if (more.length === 0 && first === 'reference' && second === 'reports') return { name: 'reportDefinition', report: decode(third) }
  return { name: 'unknown' }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** A query with the given changes; null removes a name. */
export function changeQuery(query: URLSearchParams, changes: Record<string, string | null>): URLSearchParams {
  const next = new URLSearchParams(query)
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') next.delete(name)
    else next.set(name, value)
  }
  return next
}

class Route {
  path = $state('/')
  search = $state('')
  page = $derived(parsePath(this.path))
  query = $derived(new URLSearchParams(this.search))
  tenant = $derived(this.query.get('tenant') ?? '')
  /** In the shareable view small cells are not told and lists of persons are closed. */
  shareable = $derived(this.query.get('view') === 'shareable')

  /** Follows the browser's address from now on; returns how to stop. */
  start(): () => void {
    const read = () => {
      this.path = location.pathname
      this.search = location.search
    }
    read()
    addEventListener('popstate', read)
    return () => {
      removeEventListener('popstate', read)
    }
  }

  go(href: string, options: { replace?: boolean } = {}): void {
    if (options.replace) history.replaceState(null, '', href)
    else history.pushState(null, '', href)
    this.path = location.pathname
    this.search = location.search
  }

  /** The same page with a changed query. */
  change(changes: Record<string, string | null>, options: { replace?: boolean } = {}): void {
    this.go(this.with(changes), options)
  }

  with(changes: Record<string, string | null>): string {
    const query = changeQuery(this.query, changes).toString()
    return query ? `${this.path}?${query}` : this.path
  }

  /** An address of another page. Community, language and view go along; filters do not. */
  to(path: string, query: Record<string, string> = {}): string {
    return this.#address(path, carried, query)
  }

  /** An address of another page that takes the common filters (period, chapter, faculty, …) along. */
  along(path: string, query: Record<string, string> = {}): string {
    return this.#address(path, [...carried, ...common], query)
  }

  #address(path: string, kept: readonly string[], query: Record<string, string>): string {
    const params = new URLSearchParams()
    for (const name of kept) {
      const value = this.query.get(name)
      if (value) params.set(name, value)
    }
    for (const [name, value] of Object.entries(query)) if (value !== '') params.set(name, value)
    const text = params.toString()
    return text ? `${path}?${text}` : path
  }
}

export const route = new Route()
