import type { Report } from '../api/types'

/** The last row whose period is over and of which one of the measures is known; -1 when there is none. */
export function lastFinished(report: Report, measures: string[]): number {
  return report.rows.findLastIndex((row, index) => !report.unfinished.has(index) && measures.some((name) => (row[name] ?? null) !== null))
}

/** The report with some of its rows only, in the order given; what is known of them goes along. */
export function pickRows(report: Report, indexes: number[]): Report {
  const place = new Map(indexes.map((index, i) => [index, i]))
  const suppressed = new Map<string, string>()
  for (const [key, text] of report.suppressed) {
    const dot = key.indexOf('.')
    const i = place.get(Number(key.slice(0, dot)))
    if (i !== undefined) suppressed.set(`${i}${key.slice(dot)}`, text)
  }
  return {
    ...report,
    rows: indexes.map((index) => report.rows[index] ?? {}),
    unfinished: new Set([...report.unfinished].flatMap((index) => place.get(index) ?? [])),
    suppressed,
  }
}
