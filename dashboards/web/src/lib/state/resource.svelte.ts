import { ApiError } from '../api/client'
import { session } from './session.svelte'

export type ResourceState = 'loading' | 'ready' | 'error'

/** Something read from the API: its state is always exactly one of loading, ready, error. While it is read again the last data stays. */
export class Resource<T> {
  data = $state.raw<T | undefined>(undefined)
  error = $state.raw<ApiError | undefined>(undefined)
  busy = $state(false)
  state: ResourceState = $derived(this.error ? 'error' : this.data === undefined ? 'loading' : 'ready')

  #abort: AbortController | undefined

  /** Reads; an earlier reading that has not ended is dropped. `keep` shows the last data meanwhile (same thing, other filters). */
  async load(read: (signal: AbortSignal) => Promise<T>, keep = false): Promise<void> {
    this.#abort?.abort()
    const abort = new AbortController()
    this.#abort = abort
    this.busy = true
    if (!keep) this.data = undefined
    try {
      const data = await read(abort.signal)
      if (abort.signal.aborted) return
      this.data = data
      this.error = undefined
    } catch (cause) {
      if (abort.signal.aborted) return
      this.error = cause instanceof ApiError ? cause : new ApiError(pageFault(cause))
      if (this.error.unauthorised) session.locked = true
    }
    this.busy = false
  }

  stop(): void {
    this.#abort?.abort()
  }
}

function pageFault(cause: unknown) {
  return { status: -1, code: 'page', title: '', detail: String(cause), hint: '', pointer: '' }
}

/** A resource that is read now and whenever what `read` looks at synchronously changes. Call it while a component is set up. */
export function resource<T>(read: () => ((signal: AbortSignal) => Promise<T>) | null, identity: () => string = () => ''): Resource<T> {
  const made = new Resource<T>()
  let last: string | undefined
  $effect(() => {
    // A new key, or a retry, reads again.
    void session.attempt
    const now = identity()
    const job = read()
    if (job) void made.load(job, last === now)
    last = now
    return () => {
      made.stop()
    }
  })
  return made
}
