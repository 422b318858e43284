import { suppressedKey, type Report } from '../api/types'

/** Why nothing is to be seen. Each looks and reads differently, since each asks for something else to be done. */
export type Situation = 'no-data' | 'filtered' | 'nothing' | 'unrecorded' | 'suppressed' | 'forbidden'

export interface Around {
  /** Whether the reader's filters narrow anything down. */
  narrowed: boolean
  /** Events stored for the community; null = not known. */
  events: number | null
}

/** Null when there is something to show. `measures` are those that are drawn; none = all. */
export function situation(report: Report, around: Around, measures: string[] = []): Situation | null {
  if (report.rows.length === 0) {
    if (around.events === 0) return 'no-data'
    if (around.narrowed) return 'filtered'
    return around.events === null ? 'no-data' : 'nothing'
  }
  const names = measures.length > 0 ? measures : report.columns.filter((one) => one.role === 'measure').map((one) => one.name)
  const all = (holds: (value: unknown) => boolean) => report.rows.every((row) => names.every((name) => holds(row[name] ?? null)))
  if (names.length === 0) return null
  if (!all((value) => value === null)) return around.narrowed && report.suppressed.size === 0 && all((value) => value === null || value === 0) ? 'filtered' : null
  const hidden = report.rows.some((_, row) => names.some((name) => report.suppressed.has(suppressedKey(row, name))))
  if (hidden) return 'suppressed'
  // What is not over yet is "not yet", which tables and charts tell by themselves.
  return report.unfinished.size === report.rows.length ? null : 'unrecorded'
}
