import { formatCell, formatChange, formatNumber, isShare } from '../format'
import type { Column, Report } from '../api/types'
import { strings } from '../strings'

export interface Change {
  /** Which way it went; "none" = nothing to compare. */
  direction: 'up' | 'down' | 'same' | 'none'
  /** How much: +12 %, or points of a share. Empty when a percentage would say nothing (from 0). */
  amount: string
  /** What it was a year before, in words. */
  before: string
}

/** How a figure compares with the same period a year before. Percentages are of unrounded values; shares differ by points. */
export function change(report: Report, index: number, measure: string): Change | null {
  const column = report.columns.find((one) => one.name === measure)
  const other = report.columns.find((one) => one.compares === measure)
  const row = report.rows[index]
  if (!column || !other || !row) return null
  const value = row[measure]
  const before = row[other.name]
  if (typeof value !== 'number' || typeof before !== 'number') return { direction: 'none', amount: '', before: strings.overview.noneBefore }
  const said = strings.overview.yearBefore(formatCell(before, column, report.timezone))
  if (value === before) return { direction: 'same', amount: '', before: strings.overview.same }
  return { direction: value > before ? 'up' : 'down', amount: amount(column, value, before), before: said }
}

function amount(column: Column, value: number, before: number): string {
  if (isShare(column)) {
    const points = Math.round((value - before) * 1000) / 10
    return strings.overview.points(`${points > 0 ? '+' : points < 0 ? '−' : '±'}${formatNumber(Math.abs(points))}`)
  }
  return before === 0 ? '' : formatChange((value - before) / before)
}

/** The last period in which anything happened; -1 without any. */
export function lastPeriod(report: Report, measures: string[]): number {
  return report.rows.findLastIndex((row) => measures.some((name) => typeof row[name] === 'number' && row[name] !== 0))
}
