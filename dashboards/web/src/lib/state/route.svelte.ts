/** The address is the page's state: what is shown, for which tenant, with which filters, and which list is open. */

export type Page =
  | { name: 'overview' }
  | { name: 'reports' }
  | { name: 'report'; report: string }
  | { name: 'reference' }
  | { name: 'eventType'; type: string }
  | { name: 'status' }
  | { name: 'unknown' }

/** The Go handler knows the same routes (isPageRoute in handler.go). */
export function parsePath(path: string): Page {
  const parts = path.split('/').filter((part) => part !== '')
  const [first, second] = parts
  if (parts.length > 2) return { name: 'unknown' }
  if (first === undefined) return { name: 'overview' }
  if (first === 'status' && second === undefined) return { name: 'status' }
  if (first === 'reports') return second === undefined ? { name: 'reports' } : { name: 'report', report: decode(second) }
  if (first === 'reference') return second === undefined ? { name: 'reference' } : { name: 'eventType', type: decode(second) }
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

  /** An address of another page; the tenant goes along, filters do not. */
  to(path: string, query: Record<string, string> = {}): string {
    const params = new URLSearchParams(this.tenant ? { tenant: this.tenant } : {})
    for (const [name, value] of Object.entries(query)) if (value !== '') params.set(name, value)
    const text = params.toString()
    return text ? `${path}?${text}` : path
  }
}

export const route = new Route()
