import type { Query } from '../api/client'
import type { Parameter, Report } from '../api/types'

/** Names in the address that are the page's own and no filter of a report. */
const own = new Set(['tenant', 'sort', 'list'])

/** The report's filters as they stand in the address. Names that the page does not use go to the API, which refuses unknown ones aloud. */
export function readFilters(query: URLSearchParams): Query {
  const filters: Query = {}
  for (const [name, value] of query) if (!own.has(name) && !name.startsWith('at.') && value !== '') filters[name] = value
  return filters
}

/** What a reader can set on the page: all parameters but the community, which has a place of its own. */
export function shownParameters(report: Report): { first: Parameter[]; more: Parameter[] } {
  // An enumeration of one value leaves nothing to choose.
  const all = report.parameters.filter((parameter) => parameter.name !== 'tenant' && !(parameter.type === 'enum' && parameter.values.length < 2))
  const isFirst = (parameter: Parameter) => ['from', 'to', 'grain'].includes(parameter.name) || (parameter.type === 'enum' && parameter.name !== 'attributes')
  return { first: all.filter(isFirst), more: all.filter((parameter) => !isFirst(parameter)) }
}

const flags = new Set(['tenant', 'from', 'to', 'grain'])

/** The command line that prints the same report. */
export function reportCommand(name: string, query: Query): string {
  const quote = (text: string) => (/^[\w.,:/@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)
  const options = Object.entries(query).map(([key, value]) => (flags.has(key) ? ` --${key} ${quote(value)}` : ` --filter ${quote(`${key}=${value}`)}`))
  return `turnout report ${name}${options.join('')}`
}

/** The value to write into the address: a default is not written. */
export function filterValue(parameter: Parameter, value: string): string | null {
  const trimmed = value.trim()
  return trimmed === '' || trimmed === parameter.default ? null : trimmed
}
