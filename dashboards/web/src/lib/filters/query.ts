import type { Query } from '../api/client'
import type { Parameter, ReportDescription } from '../api/types'
import { common, isOwn } from './names'
import { bounds, isPreset } from './periods'

export interface Moment {
  now: Date
  timezone: string
}

/** Everything in the address that is meant for reports; a preset has become the days it stands for. */
export function addressFilters(query: URLSearchParams, moment: Moment): Query {
  const filters: Query = {}
  const preset = query.get('preset')
  if (isPreset(preset)) Object.assign(filters, bounds(preset, moment.now, moment.timezone))
  for (const [name, value] of query) if (!isOwn(name) && value !== '') filters[name] = value
  return filters
}

/** Whether the reader narrowed anything down. Grain and other ways of showing the same do not narrow. */
export function isNarrowed(filters: Query): boolean {
  return Object.keys(filters).some((name) => common.includes(name) && name !== 'timezone' && name !== 'attributes')
}

/**
 * What a report is asked with: of the common filters those that it takes, over them what the page itself sets; an empty text takes a filter
 * out. `strict` is for the page of one report: what it does not know goes along, too, since the API refuses unknown names aloud.
 */
export function reportQuery(filters: Query, own: Query, taken: ReadonlySet<string> | null, strict: boolean): Query {
  const asked: Query = {}
  for (const [name, value] of Object.entries(filters)) {
    const known = taken?.has(name) ?? true
    const wanted = common.includes(name) ? known : strict
    if (wanted) asked[name] = value
  }
  for (const [name, value] of Object.entries(own)) {
    if (value === '') delete asked[name]
    else asked[name] = value
  }
  return asked
}

/** The parameters of several reports, each once: what a page of them can be narrowed by. */
export function unionOf(reports: (ReportDescription | undefined)[]): Parameter[] {
  const found = new Map<string, Parameter>()
  for (const parameter of reports.flatMap((one) => one?.parameters ?? [])) if (!found.has(parameter.name)) found.set(parameter.name, parameter)
  return [...found.values()]
}
