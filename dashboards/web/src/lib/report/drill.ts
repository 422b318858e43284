import type { Query } from '../api/client'
import type { Cell, Column, Report, Row } from '../api/types'

/**
 * Which number's list is open. It lives in the address: of=REPORT&list=MEASURE&at.DIMENSION=VALUE, and with.PARAMETER=VALUE for what the
 * page itself asked the report for. On a report's own page `of` is that report.
 */
export interface Cut {
  report: string
  measure: string
  at: Record<string, string>
  own: Query
}

const measureName = 'list'
const reportName = 'of'
const dimension = 'at.'
const parameter = 'with.'

function beginning(query: URLSearchParams, prefix: string): Record<string, string> {
  return Object.fromEntries([...query].filter(([name]) => name.startsWith(prefix)).map(([name, value]) => [name.slice(prefix.length), value]))
}

/** `page` is the report whose page this is; empty on other pages. */
export function readCut(query: URLSearchParams, page = ''): Cut | null {
  const measure = query.get(measureName)
  const report = query.get(reportName) ?? page
  if (!measure || !report) return null
  return { report, measure, at: beginning(query, dimension), own: beginning(query, parameter) }
}

/** The query with this list opened (null: with none); the filters stay. */
export function withCut(query: URLSearchParams, cut: Cut | null, page = ''): URLSearchParams {
  const next = new URLSearchParams(query)
  for (const name of [...next.keys()]) {
    if (name === measureName || name === reportName || name.startsWith(dimension) || name.startsWith(parameter)) next.delete(name)
  }
  if (!cut) return next
  if (cut.report !== page) next.set(reportName, cut.report)
  next.set(measureName, cut.measure)
  for (const [name, value] of Object.entries(cut.at)) next.set(dimension + name, value)
  for (const [name, value] of Object.entries(cut.own)) next.set(parameter + name, value)
  return next
}

/** How the API is told that a dimension has no value: an empty text is one. */
const nullText = '\\N'

/** A dimension's value as the API takes it. */
export function dimensionText(value: Cell | undefined): string {
  return value === null || value === undefined ? nullText : String(value)
}

/** The dimensions of a row, as the API takes them. */
export function cellOf(columns: Column[], row: Row): Record<string, string> {
  const at: Record<string, string> = {}
  for (const column of columns) if (column.role === 'dimension') at[column.name] = dimensionText(row[column.name])
  return at
}

export function cutOf(report: Report, row: Row, measure: string): Cut {
  return { report: report.name, measure, at: cellOf(report.columns, row), own: report.own }
}

/** The row of the report that a cut points at, if the report (still) has it. */
export function findRow(report: Report, cut: Cut): Row | undefined {
  const names = Object.keys(cut.at)
  return report.rows.find((row) => names.every((name) => dimensionText(row[name]) === cut.at[name]))
}

/** The query of /rows: what the report was asked, the measure, the dimensions, how many rows at most. */
export function rowsQuery(asked: Query, cut: Cut, limit: number): Query {
  return { ...asked, ...cut.at, measure: cut.measure, limit: String(limit) }
}
