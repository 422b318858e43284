import type { Query } from '../api/client'

const flags = new Set(['tenant', 'from', 'to', 'grain', 'lang'])

/** The command line that prints the same report. */
export function reportCommand(name: string, query: Query): string {
  const quote = (text: string) => (/^[\w.,:/@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)
  const options = Object.entries(query).filter(([key, value]) => key !== 'lang' || value !== 'en').map(([key, value]) => (flags.has(key) ? ` --${key} ${quote(value)}` : ` --filter ${quote(`${key}=${value}`)}`))
  return `turnout report ${name}${options.join('')}`
}
