import type { Query } from '../api/client'
import type { Cell, Column, Report, Row } from '../api/types'

/** Which number's list is open. It lives in the address: list=MEASURE&at.DIMENSION=VALUE. */
export interface Cut {
  measure: string
  at: Record<string, string>
}

const measureName = 'list'
const prefix = 'at.'

export function readCut(query: URLSearchParams): Cut | null {
  const measure = query.get(measureName)
  if (!measure) return null
  const at: Record<string, string> = {}
  for (const [name, value] of query) if (name.startsWith(prefix)) at[name.slice(prefix.length)] = value
  return { measure, at }
}

/** The query with this list opened; the filters stay. */
export function withCut(query: URLSearchParams, cut: Cut | null): URLSearchParams {
  const next = new URLSearchParams(query)
  for (const name of [...next.keys()]) if (name === measureName || name.startsWith(prefix)) next.delete(name)
  if (cut) {
    next.set(measureName, cut.measure)
    for (const [name, value] of Object.entries(cut.at)) next.set(prefix + name, value)
  }
  return next
}

/** How the API is told that a dimension has no value: an empty text is one. */
const nullText = '\\N'

/** A dimension's value as the API takes it. */
export function dimensionText(value: Cell | undefined): string {
  return value === null || value === undefined ? nullText : String(value)
}

export function cutOf(columns: Column[], row: Row, measure: string): Cut {
  const at: Record<string, string> = {}
  for (const column of columns) if (column.role === 'dimension') at[column.name] = dimensionText(row[column.name])
  return { measure, at }
}

/** The row of the report that a cut points at, if the report (still) has it. */
export function findRow(report: Report, cut: Cut): Row | undefined {
  const names = Object.keys(cut.at)
  return report.rows.find((row) => names.every((name) => dimensionText(row[name]) === cut.at[name]))
}

/** The query of /rows: the report's filters, the measure, the dimensions, how many rows at most. */
export function rowsQuery(filters: Query, cut: Cut, limit: number): Query {
  return { ...filters, ...cut.at, measure: cut.measure, limit: String(limit) }
}
