import type { Report } from '../api/types'
import { hiddenOf, type ChartModel } from './chart'

/** In the order in which they are told everywhere. */
export const modes = ['volunteer', 'experiential', 'philanthropic', 'communication'] as const

const number = (value: unknown) => (typeof value === 'number' ? value : null)

/** The years of a report, the latest first. */
export function yearsOf(report: Report | undefined): string[] {
  return [...new Set((report?.rows ?? []).map((row) => String(row['period'] ?? '')))].toReversed()
}

/** The row of one year and mode; -1 when there is none. */
export function rowOf(report: Report, year: string, mode: string): number {
  return report.rows.findIndex((row) => String(row['period']) === year && row['mode'] === mode)
}

/** Participation over the years, a line for each mode. */
export function yearsModel(names: Record<string, string>): (report: Report) => ChartModel | null {
  return (report) => {
    const years = yearsOf(report).toReversed()
    if (years.length === 0) return null
    const at = (mode: string) => years.map((year) => rowOf(report, year, mode))
    const model: ChartModel = {
      form: 'line',
      stacked: false,
      share: true,
      categories: years,
      series: ['any', ...modes].map((mode, index) => ({
        name: names[mode] ?? mode,
        measure: 'participation',
        tone: mode === 'any' ? '--ink' : `--data-${index}`,
        negative: false,
        values: at(mode).map((row) => number(report.rows[row]?.['participation'])),
        rows: at(mode),
      })),
      missing: years.map(() => false),
      unfinished: at('any').map((row) => report.unfinished.has(row)),
    }
    return { ...model, ...hiddenOf(report, model.series) }
  }
}

export interface Combination {
  /** Index of the report's row. */
  row: number
  modes: ReadonlySet<string>
  persons: number | null
}

/** One year's combinations, the most frequent first; those that nobody is in are counted, not listed. */
export function combinations(report: Report, year: string): { shown: Combination[]; empty: number } {
  const all = report.rows.flatMap((row, index): Combination[] => {
    if (String(row['period']) !== year) return []
    return [{ row: index, modes: new Set(String(row['modes'] ?? '').split(/\s*\+\s*/)), persons: number(row['persons']) }]
  })
  // What the shareable view leaves out is somebody: it comes after what is told.
  const shown = all.filter((one) => one.persons !== 0).toSorted((a, b) => (b.persons ?? 0) - (a.persons ?? 0) || a.row - b.row)
  return { shown, empty: all.length - shown.length }
}
