import type { Report } from '../api/types'
import { formatCell } from '../format'
import { hiddenOf, type ChartModel } from './chart'

const number = (value: unknown) => (typeof value === 'number' ? value : null)

/** The share of all contributions by rank, with the line at a half and the rank at which it is reached. */
export function curveModel(report: Report, reached: number | null, half: string): ChartModel | null {
  if (report.rows.length === 0) return null
  const title = report.columns.find((one) => one.name === 'share')?.title ?? 'share'
  return {
    form: 'line',
    stacked: false,
    share: true,
    categories: report.rows.map((row) => String(row['rank'] ?? '')),
    series: [
      {
        name: title,
        measure: 'share',
        tone: '--data-returning',
        negative: false,
        values: report.rows.map((row) => number(row['share'])),
        rows: report.rows.map((_, index) => index),
      },
    ],
    missing: report.rows.map(() => false),
    unfinished: report.rows.map(() => false),
    marks: { value: 0.5, text: half, category: reached === null ? -1 : report.rows.findIndex((row) => row['rank'] === reached) },
  }
}

/** Bars of one measure by a number along the axis, of the report's last period. */
export function lastPeriodBars(along: string, measure: string): (report: Report) => ChartModel | null {
  return (report) => {
    const last = report.rows.at(-1)?.['period'] ?? null
    const indexes = report.rows.flatMap((row, index) => ((row['period'] ?? null) === last ? [index] : []))
    const column = report.columns.find((one) => one.name === along)
    if (indexes.length === 0 || !column) return null
    const rowOf = (index: number) => report.rows[index] ?? {}
    const model: ChartModel = {
      form: 'bar',
      stacked: false,
      share: false,
      categories: indexes.map((index) => formatCell(rowOf(index)[along] ?? '', column, report.timezone)),
      series: [
        {
          name: `${report.columns.find((one) => one.name === measure)?.title ?? measure}, ${String(last)}`,
          measure,
          tone: '--data-returning',
          negative: false,
          values: indexes.map((index) => number(rowOf(index)[measure])),
          rows: indexes,
        },
      ],
      missing: indexes.map(() => false),
      unfinished: indexes.map((index) => report.unfinished.has(index)),
    }
    return { ...model, ...hiddenOf(report, model.series) }
  }
}
