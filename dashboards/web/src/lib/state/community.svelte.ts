import type { Status } from '../api/types'
import { figures } from './figures'
import { Resource } from './resource.svelte'
import { route } from './route.svelte'
import { api, session } from './session.svelte'

const every = 10_000

/** What the program says about itself and its communities, read again every few seconds while the page is looked at. */
class Community {
  readonly status = new Resource<Status>()
  /** The clock that relative times follow. */
  now = $state(Date.now())
  /** The zone of the last report that was read: where "this month" begins. */
  timezone = $state(Intl.DateTimeFormat().resolvedOptions().timeZone)

  tenants = $derived(this.status.data?.tenants ?? [])

  start(): () => void {
    // Without a community in the address the status says which one is shown; else it can wait until the figures are.
    if (route.tenant === '') void this.#read()
    else void figures.shown().then(() => this.#read())
    const timer = setInterval(() => {
      this.now = Date.now()
      // A key that may not see the status will not see it in ten seconds either.
      const closed = session.locked || this.status.error?.problem.status === 403
      if (document.visibilityState === 'visible' && !closed) void this.#read()
    }, every)
    return () => {
      clearInterval(timer)
      this.status.stop()
    }
  }

  async #read(): Promise<void> {
    await this.status.load((signal) => api.status({}, signal), true)
    this.now = Date.now()
    this.settle()
    const zone = this.tenants.find((one) => one.tenant === route.tenant)?.timezone
    if (zone) this.timezone = zone
  }

  retry(): void {
    void this.#read()
  }

  /** Without a community in the address the one with the latest event is shown, and the address says so. */
  settle(): void {
    if (route.tenant !== '' || this.tenants.length === 0) return
    const best = latest(this.tenants)
    if (best) route.change({ tenant: best }, { replace: true })
  }

  /** Whether the page knows which community to ask for, as far as it will. */
  get settled(): boolean {
    return route.tenant !== '' || this.status.state !== 'loading'
  }
}

export function latest(tenants: { tenant: string; last_event_at: string | null; events: number | null }[]): string | undefined {
  return tenants
    .filter((one) => one.events !== 0)
    .toSorted((a, b) => (b.last_event_at ?? '').localeCompare(a.last_event_at ?? '') || a.tenant.localeCompare(b.tenant))[0]?.tenant
}

export const community = new Community()
