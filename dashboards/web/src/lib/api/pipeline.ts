import { readAnnouncement, type Announcement } from '../live/announcement'
import { EventStreamReader } from '../live/sse'
import { ApiError, readProblem, unreachable, type ApiOptions } from './client'

/** An input that was refused after it had been accepted onto the stream. */
export interface Letter {
  id: string
  tenant: string
  type: string
  source: string
  event_id: string
  code: string
  reason: string
  pointer: string
  hint: string
  subject: string
  stream_seq: number
  index: number
  time: string
}

/** A letter with the bytes as they came. */
export interface OpenedLetter extends Letter {
  headers?: Record<string, string[]>
  body?: string
  body_base64?: string
}

export interface Letters {
  deadletters: Letter[]
  /** Where the next page begins; null = this is the last. */
  next: string | null
}

/** replayed, valid (on a trial), rejected, missing. */
export interface Replayed {
  id: string
  status: string
  pointer?: string
  detail?: string
  hint?: string
}

export interface ReplayRequest {
  ids?: string[]
  all?: boolean
  set?: Record<string, unknown>
  dry_run?: boolean
}

/** What a person allows; `since` is null where nothing was said, which allows. */
export interface Consents {
  person_now: string
  ids: { id: string; merged_into: string[] }[]
  consents: Record<string, { granted: boolean; since: string | null }>
}

/** A request to forget somebody, who is named by a keyed hash only. */
export interface Erasure {
  tenant: string
  request_id: string
  basis: string
  policy?: string
  state: 'pending' | 'done'
  requested_at: string
  done_at?: string
  person_hash: string
  step?: string
  receipt?: { removed: { stream_events: number; log: number; facts: number; dead_letters: number; mentions: number }; withdrawn?: boolean }
}

export interface Follower {
  opened: () => void
  announced: (one: Announcement) => void
}

/** The part of the API that looks after the pipeline: dead letters and what arrives. Methods reject with ApiError, or with AbortError when aborted. */
export class Pipeline {
  readonly #key: () => string
  readonly #fetch: NonNullable<ApiOptions['fetch']>

  constructor(options: ApiOptions) {
    this.#key = options.key
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init))
  }

  async letters(tenant: string, after: string, limit: number, signal?: AbortSignal): Promise<Letters> {
    const query = new URLSearchParams({ ...(tenant ? { tenant } : {}), ...(after ? { after } : {}), limit: String(limit) })
    return (await this.#ask('GET', `/v1/deadletters?${query.toString()}`, { signal })).json() as Promise<Letters>
  }

  async letter(id: string, tenant: string, signal?: AbortSignal): Promise<OpenedLetter> {
    return (await this.#ask('GET', `/v1/deadletters/${encodeURIComponent(id)}${of(tenant)}`, { signal })).json() as Promise<OpenedLetter>
  }

  async replay(request: ReplayRequest, tenant: string): Promise<Replayed[]> {
    const answer = (await (await this.#ask('POST', `/v1/deadletters/replay${of(tenant)}`, { body: JSON.stringify(request) })).json()) as { results: Replayed[] }
    return answer.results
  }

  async discard(id: string, tenant: string): Promise<void> {
    await this.#ask('DELETE', `/v1/deadletters/${encodeURIComponent(id)}${of(tenant)}`)
  }

  async consents(person: string, tenant: string, signal?: AbortSignal): Promise<Consents> {
    return (await this.#ask('GET', `/v1/members/consents?${whose(person, tenant)}`, { signal })).json() as Promise<Consents>
  }

  /** Everything that is held about a person: a file. Needs a key with the scope admin. */
  async record(person: string, tenant: string, format: 'json' | 'csv'): Promise<Blob> {
    return (await this.#ask('GET', `/v1/members/export?${whose(person, tenant)}&format=${format}`, { accept: '*/*' })).blob()
  }

  async erasures(tenant: string, signal?: AbortSignal): Promise<Erasure[]> {
    return ((await (await this.#ask('GET', `/v1/erasures${of(tenant)}`, { signal })).json()) as { erasures: Erasure[] }).erasures
  }

  /** Follows what is stored, until the server ends the stream or the signal aborts. EventSource could not send the key. */
  async live(tenant: string, signal: AbortSignal, follower: Follower): Promise<void> {
    const response = await this.#ask('GET', `/v1/live${of(tenant)}`, { signal, accept: 'text/event-stream' })
    follower.opened()
    const pieces = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    const reader = new EventStreamReader()
    for (let piece = await pieces?.read(); piece && !piece.done; piece = await pieces?.read()) {
      for (const message of reader.push(piece.value)) {
        const one = readAnnouncement(message.data)
        if (one) follower.announced(one)
      }
    }
  }

  async #ask(method: string, path: string, more: { signal?: AbortSignal | undefined; body?: string; accept?: string } = {}): Promise<Response> {
    const headers: Record<string, string> = { accept: more.accept ?? 'application/json' }
    const key = this.#key()
    if (key) headers['authorization'] = `Bearer ${key}`
    if (more.body) headers['content-type'] = 'application/json'
    let response: Response
    try {
      response = await this.#fetch(path, { method, headers, ...(more.body ? { body: more.body } : {}), ...(more.signal ? { signal: more.signal } : {}) })
    } catch (cause) {
      if (more.signal?.aborted) throw cause
      throw new ApiError(unreachable())
    }
    if (!response.ok) throw new ApiError(await readProblem(response))
    return response
  }
}

function of(tenant: string): string {
  return tenant ? `?${new URLSearchParams({ tenant }).toString()}` : ''
}

function whose(person: string, tenant: string): string {
  return new URLSearchParams({ ...(tenant ? { tenant } : {}), person }).toString()
}
