import { ApiError } from '../api/client'
import { pipeline } from '../state/pipeline'
import { session } from '../state/session.svelte'
import { Ledger, type Line } from './ledger'

export type Connection = 'connecting' | 'open' | 'lost' | 'refused'

const tick = 1000
const spokenEvery = 5
const firstPause = 500
const longestPause = 10_000

/** Follows a community's stored events and shows them once a second; a lost connection is made again with growing pauses. */
export class Feed {
  connection = $state<Connection>('connecting')
  error = $state.raw<ApiError | undefined>(undefined)
  paused = $state(false)
  lines = $state.raw<Line[]>([])
  types = $state.raw<[string, number][]>([])
  rates = $state.raw<number[]>([])
  total = $state(0)
  /** Events that arrived since the pause. */
  waiting = $state(0)
  /** Events since the last sentence for screen readers, and that sentence's number; 0 = say nothing. */
  spoken = $state(0)

  #ledger = new Ledger()
  #shownTotal = 0
  #saidTotal = 0
  #abort = new AbortController()

  /** Follows until the returned function is called. */
  start(tenant: string): () => void {
    this.#show()
    void this.#follow(tenant)
    let ticks = 0
    const timer = setInterval(() => {
      ticks += 1
      this.#show()
      if (ticks % spokenEvery === 0) this.#speak()
    }, tick)
    return () => {
      clearInterval(timer)
      this.#abort.abort()
    }
  }

  toggle(): void {
    this.paused = !this.paused
    this.#show()
  }

  #show(): void {
    this.rates = this.#ledger.rates(Date.now())
    this.waiting = this.#ledger.total - this.#shownTotal
    if (this.paused || this.waiting === 0) return
    this.#shownTotal = this.#ledger.total
    this.waiting = 0
    this.lines = this.#ledger.lines
    this.total = this.#ledger.total
    this.types = [...this.#ledger.byType].toSorted((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]))
  }

  #speak(): void {
    if (this.paused) return
    this.spoken = this.#shownTotal - this.#saidTotal
    this.#saidTotal = this.#shownTotal
  }

  async #follow(tenant: string): Promise<void> {
    const { signal } = this.#abort
    let pause = firstPause
    while (!signal.aborted) {
      try {
        await pipeline.live(tenant, signal, {
          opened: () => {
            this.connection = 'open'
            this.error = undefined
            pause = firstPause
          },
          announced: (one) => this.#ledger.add(one, Date.now()),
        })
      } catch (cause) {
        if (signal.aborted) return
        this.error = cause instanceof ApiError ? cause : undefined
        // What the server refuses is not asked for again and again.
        if (this.error && this.error.problem.status >= 400 && this.error.problem.status < 500) {
          this.connection = 'refused'
          if (this.error.unauthorised) session.locked = true
          return
        }
      }
      if (signal.aborted) return
      this.connection = 'lost'
      await rest(pause, signal)
      pause = Math.min(longestPause, pause * 2)
    }
  }
}

function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
