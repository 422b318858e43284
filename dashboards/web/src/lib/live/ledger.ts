import type { Announcement, LiveEvent } from './announcement'

/** A line of the feed: an event, or how many more came with it. */
export interface Line {
  id: number
  at: string
  event: LiveEvent | null
  /** Events of the same batch that are not told one by one. */
  more: number
}

/** How many lines the feed keeps. */
export const mostLines = 300
/** How many seconds the rate looks back. */
export const window = 60

/** What has arrived since the page was opened, in bounded memory: the latest lines, counts by type, events a second. */
export class Ledger {
  lines: Line[] = []
  total = 0
  readonly byType = new Map<string, number>()
  #seconds = new Map<number, number>()
  #next = 0

  /** `now` is the page's clock, in milliseconds. */
  add(one: Announcement, now: number): void {
    const fresh: Line[] = one.sample.map((event) => ({ id: this.#next++, at: one.at, event, more: 0 }))
    const more = one.events - one.sample.length
    if (more > 0) fresh.push({ id: this.#next++, at: one.at, event: null, more })
    this.lines = [...fresh.toReversed(), ...this.lines].slice(0, mostLines)
    this.total += one.events
    for (const [type, count] of Object.entries(one.types)) this.byType.set(type, (this.byType.get(type) ?? 0) + count)
    const second = Math.floor(now / 1000)
    this.#seconds.set(second, (this.#seconds.get(second) ?? 0) + one.events)
    for (const old of this.#seconds.keys()) if (old <= second - window) this.#seconds.delete(old)
  }

  /** Events in each of the last seconds, the current one last. */
  rates(now: number): number[] {
    const second = Math.floor(now / 1000)
    return Array.from({ length: window }, (_, i) => this.#seconds.get(second - window + 1 + i) ?? 0)
  }
}
