import { ApiError } from '../api/client'
import type { Letter, OpenedLetter, Replayed } from '../api/pipeline'
import { pipeline } from './pipeline'

const page = 50

/** The open dead letters of a community, as far as they were asked for, and what can be done with them. */
export class LetterBox {
  letters = $state.raw<Letter[]>([])
  next = $state<string | null>(null)
  loaded = $state(false)
  busy = $state(false)
  error = $state.raw<ApiError | undefined>(undefined)

  constructor(readonly tenant: string) {}

  async load(): Promise<void> {
    await this.#try(async () => {
      const answer = await pipeline.letters(this.tenant, '', page)
      this.letters = answer.deadletters
      this.next = answer.next
      this.loaded = true
    })
  }

  async more(): Promise<void> {
    const { next } = this
    if (next === null) return
    await this.#try(async () => {
      const answer = await pipeline.letters(this.tenant, next, page)
      this.letters = [...this.letters, ...answer.deadletters]
      this.next = answer.next
    })
  }

  open(id: string, signal: AbortSignal): Promise<OpenedLetter> {
    return pipeline.letter(id, this.tenant, signal)
  }

  /** What became of the letter; undefined when the server did not answer or refused (then `error` says why). */
  async replay(id: string, set: Record<string, unknown>, trial: boolean): Promise<Replayed | undefined> {
    let result: Replayed | undefined
    await this.#try(async () => {
      const request = { ids: [id], dry_run: trial, ...(Object.keys(set).length > 0 ? { set } : {}) }
      result = (await pipeline.replay(request, this.tenant))[0]
    })
    return result
  }

  /** How many were sent again, and how many are still refused. */
  async replayAll(): Promise<{ sent: number; stayed: number } | undefined> {
    let tally: { sent: number; stayed: number } | undefined
    await this.#try(async () => {
      const results = await pipeline.replay({ all: true }, this.tenant)
      const sent = results.filter((one) => one.status === 'replayed').length
      tally = { sent, stayed: results.length - sent }
    })
    if (tally) await this.load()
    return tally
  }

  async discard(id: string): Promise<boolean> {
    let done = false
    await this.#try(async () => {
      await pipeline.discard(id, this.tenant)
      done = true
    })
    return done
  }

  /** Takes a letter that is dealt with out of the list. */
  drop(id: string): void {
    this.letters = this.letters.filter((one) => one.id !== id)
  }

  async #try(work: () => Promise<void>): Promise<void> {
    this.busy = true
    this.error = undefined
    try {
      await work()
    } catch (cause) {
      if (cause instanceof ApiError) this.error = cause
      else throw cause
    } finally {
      this.busy = false
    }
  }
}
