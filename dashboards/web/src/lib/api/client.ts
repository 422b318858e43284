import { fetchOnce } from './early'
import { readEventTypes, readReport, readReports, readRowList, readStatus, readValues } from './normalise'
import type { Choice, EventType, Problem, Report, ReportDescription, RowList, Status } from './types'

/** A request that did not give data; carries what the server said about it. */
export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title)
    this.name = 'ApiError'
  }

  get unauthorised(): boolean {
    return this.problem.status === 401
  }
}

export interface ApiOptions {
  /** The API key of this browser tab; empty = none. */
  key: () => string
  fetch?: (address: string, init?: RequestInit) => Promise<Response>
}

export type Query = Record<string, string>

/** Reads the API of the page's own origin. Every method rejects with ApiError, or with AbortError when its signal was aborted. */
export class Api {
  readonly #key: () => string
  readonly #fetch: NonNullable<ApiOptions['fetch']>

  constructor(options: ApiOptions) {
    this.#key = options.key
    this.#fetch = options.fetch ?? fetchOnce
  }

  async reports(query: Query, signal?: AbortSignal): Promise<ReportDescription[]> {
    return readReports(await this.#get('/v1/reports', query, signal))
  }

  /** A report's figures, with what its file says about them. */
  async report(name: string, query: Query, signal?: AbortSignal, described = this.#describedFor(query, signal)): Promise<Report> {
    const [response, all] = await Promise.all([this.#ask(reportPath(name), query, 'application/json', signal), described])
    const report = readReport(
      await this.#json(response, signal),
      all.find((one) => one.name === name),
    )
    return { ...report, as_of: confirmed(report.as_of, response.headers.get('date')) }
  }

  #describedFor(query: Query, signal?: AbortSignal): Promise<ReportDescription[]> {
    return this.reports(query['tenant'] ? { tenant: query['tenant'] } : {}, signal)
  }

  /** A report, or with `rows` the list behind a number, as a file. */
  async file(name: string, query: Query, rows = false): Promise<Blob> {
    const response = await this.#ask(rows ? `${reportPath(name)}/rows` : reportPath(name), query, '*/*')
    return response.blob()
  }

  async rows(name: string, query: Query, signal?: AbortSignal): Promise<RowList> {
    return readRowList(await this.#get(`${reportPath(name)}/rows`, query, signal))
  }

  async values(query: Query, signal?: AbortSignal): Promise<Record<string, Choice[]>> {
    return readValues(await this.#get('/v1/values', query, signal))
  }

  async eventTypes(query: Query, signal?: AbortSignal): Promise<EventType[]> {
    return readEventTypes(await this.#get('/v1/schemas', query, signal))
  }

  async status(query: Query, signal?: AbortSignal): Promise<Status> {
    return readStatus(await this.#get('/v1/status', query, signal))
  }

  async #get(path: string, query: Query, signal?: AbortSignal): Promise<unknown> {
    return this.#json(await this.#ask(path, query, 'application/json', signal), signal)
  }

  async #json(response: Response, signal?: AbortSignal): Promise<unknown> {
    try {
      return await response.json()
    } catch (cause) {
      if (signal?.aborted) throw cause
      throw new ApiError({ ...unreachable(), code: 'unreadable', detail: 'The answer was cut short or is not JSON.' })
    }
  }

  async #ask(path: string, query: Query, accept: string, signal?: AbortSignal): Promise<Response> {
    const params = new URLSearchParams(query).toString()
    const headers: Record<string, string> = { accept }
    const key = this.#key()
    if (key) headers['authorization'] = `Bearer ${key}`
    let response: Response
    try {
      response = await this.#fetch(params ? `${path}?${params}` : path, { headers, ...(signal ? { signal } : {}) })
    } catch (cause) {
      if (signal?.aborted) throw cause
      throw new ApiError(unreachable())
    }
    if (!response.ok) throw new ApiError(await readProblem(response))
    return response
  }
}

/** Longer than an answer takes: beyond it the browser gave what it had kept, and the server has just said that it still holds. */
const answering = 60_000

/** The moment for which an answer holds: its own, or when the server confirmed a kept one (RFC 9110: Date of a 304). */
export function confirmed(asOf: string, date: string | null): string {
  const said = Date.parse(date ?? '')
  const own = Date.parse(asOf)
  return said - own > answering ? new Date(said).toISOString().replace('.000Z', 'Z') : asOf
}

function reportPath(name: string): string {
  return `/v1/reports/${encodeURIComponent(name)}`
}

/** status 0: no answer at all; the page words it (strings.problem.unreachable). */
export function unreachable(): Problem {
  return { status: 0, code: 'unreachable', title: '', detail: '', hint: '', pointer: '' }
}

export async function readProblem(response: Response): Promise<Problem> {
  const problem: Problem = {
    status: response.status,
    code: '',
    title: response.statusText || `HTTP ${response.status}`,
    detail: '',
    hint: '',
    pointer: '',
  }
  try {
    const body: unknown = await response.json()
    if (typeof body === 'object' && body !== null) {
      for (const name of ['code', 'title', 'detail', 'hint', 'pointer'] as const) {
        const value = (body as Record<string, unknown>)[name]
        if (typeof value === 'string') problem[name] = value
      }
    }
  } catch {
    // Not a problem document (a proxy's page, say): the status line is all there is to tell.
  }
  return problem
}
