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
  fetch?: typeof fetch
}

export type Query = Record<string, string>

/** Reads the API of the page's own origin. Every method rejects with ApiError, or with AbortError when its signal was aborted. */
export class Api {
  readonly #key: () => string
  readonly #fetch: typeof fetch

  constructor(options: ApiOptions) {
    this.#key = options.key
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init))
  }

  async reports(query: Query, signal?: AbortSignal): Promise<ReportDescription[]> {
    return readReports(await this.#get('/v1/reports', query, signal))
  }

  /** A report's figures, with what its file says about them. */
  async report(name: string, query: Query, signal?: AbortSignal, described = this.#describedFor(query, signal)): Promise<Report> {
    const [result, all] = await Promise.all([this.#get(reportPath(name), query, signal), described])
    return readReport(
      result,
      all.find((one) => one.name === name),
    )
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
    const response = await this.#ask(path, query, 'application/json', signal)
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
