import { suppressedKey, type Cell, type Column, type Report, type Row } from '../api/types'
import { formatCell, formatDay, isShare } from '../format'
import { absence, absenceWords } from './absence'

/** What a chart shows, without how it is drawn: tested without a canvas. */
export interface ChartModel {
  form: 'bar' | 'line'
  stacked: boolean
  share: boolean
  categories: string[]
  series: Series[]
  /** Categories that are over and where nothing was recorded at all: drawn hatched, never as 0. */
  missing: boolean[]
  /** Categories whose period is not over. */
  unfinished: boolean[]
  /** What stands for the values that the shareable view leaves out: by series, then category; empty = nothing is left out. */
  hidden?: (string | undefined)[][]
  /** A level that is told across, and the category at which it is reached (-1 = none). */
  marks?: { value: number; text: string; category: number }
}

export interface Series {
  name: string
  measure: string
  /** Name of the colour token. */
  tone: string
  /** Drawn downwards from the axis; values stay positive here. */
  negative: boolean
  values: (number | null)[]
  /** Index of the report's row behind each value; -1 when there is none. */
  rows: number[]
  /** What is said where there is no value; empty = not recorded. */
  absent?: string[]
  /** Which of its values are of a period that is not over, where series differ in that. */
  unfinished?: boolean[]
}

/** The same thing has the same colour everywhere. */
const tones: Readonly<Record<string, string>> = {
  new: '--data-new',
  new_members: '--data-new',
  first_timers: '--data-new',
  returning: '--data-returning',
  continuing: '--data-returning',
  attended: '--data-returning',
  active: '--data-returning',
  resurrecting: '--data-resurrecting',
  dormant: '--data-dormant',
  proposed: '--data-undivided',
  discussed: '--data-3',
  adopted_now: '--data-6',
  in_progress: '--data-new',
  done: '--data-returning',
  rejected: '--data-dormant',
  employed: '--data-returning',
  continuing_education: '--data-3',
  service: '--data-4',
  military: '--data-6',
  seeking: '--data-new',
  not_seeking: '--data-dormant',
  positions: '--data-undivided',
  starts: '--data-returning',
}

const cycle = 6
const mostSeries = 8

function tone(measure: string, index: number): string {
  return tones[measure] ?? `--data-${(index % cycle) + 1}`
}

function column(report: Report, name: string): Column | undefined {
  return report.columns.find((one) => one.name === name)
}

/** What a row is called on an axis: an id gives way to the title that stands beside it. */
export function rowLabel(report: Report, row: Row, name: string): string {
  const own = column(report, name)
  const title = row['title']
  if (own && (own.type === 'id' || own.name.endsWith('_id')) && typeof title === 'string' && title !== '') return title
  const value: Cell = row[name] ?? null
  if (value === null || value === '' || !own) return '–'
  return formatCell(value, own.type === 'datetime' ? { ...own, type: 'date' } : own, report.timezone)
}

/** Titles repeat (every month's meeting has one): the day stands below them. */
function axisLabel(report: Report, row: Row, name: string): string {
  const label = rowLabel(report, row, name)
  const start = row['starts_at']
  if (typeof start !== 'string') return label
  if (name === 'title' || name.endsWith('_id')) return `${label === '–' ? String(row['gathering_id'] ?? label) : label}\n${formatDay(start, report.timezone)}`
  // A period that is one gathering is called by its title.
  return typeof row['title'] === 'string' && row['title'] !== '' ? `${row['title']}\n${formatDay(start, report.timezone)}` : label
}

function number(value: Cell | undefined): number | null {
  return typeof value === 'number' ? value : null
}

const drawn = new Set(['bar', 'stacked', 'diverging', 'line'])

function isUnrecorded(report: Report, series: Series, index: number): boolean {
  const found = column(report, series.measure)
  return found !== undefined && absence(report, series.rows[index] ?? -1, found) === 'unrecorded'
}

function absentOf(report: Report, measure: string, rows: number[]): string[] {
  const found = column(report, measure)
  return rows.map((row) => {
    const why = found && row >= 0 ? absence(report, row, found) : null
    return found && why && why !== 'suppressed' ? absenceWords(why, found).text : ''
  })
}

/** What is left out of each series; none at all in the full view. */
export function hiddenOf(report: Report, series: Series[]): Pick<ChartModel, 'hidden'> {
  if (report.suppressed.size === 0) return {}
  return { hidden: series.map((one) => one.rows.map((row) => report.suppressed.get(suppressedKey(row, one.measure)))) }
}

/** Null when the report declares no chart of bars or lines, or has nothing to draw. */
export function chartModel(report: Report): ChartModel | null {
  const spec = report.chart
  if (!spec || !drawn.has(spec.kind) || report.rows.length === 0) return null
  const measures = [...spec.y, ...spec.negative].filter((name, i, all) => column(report, name) && all.indexOf(name) === i)
  if (!column(report, spec.x) || measures.length === 0) return null
  const by = report.columns.find((one) => one.role === 'dimension' && one.name !== spec.x)
  return by && column(report, spec.x)?.role === 'dimension' && repeats(report, spec.x) ? longModel(report, measures[0] ?? '', by.name) : wideModel(report, measures)
}

/** Whether a value along the axis stands in more than one row: then the result is in long form. */
function repeats(report: Report, x: string): boolean {
  return new Set(report.rows.map((row) => row[x] ?? null)).size < report.rows.length
}

function base(report: Report, measures: string[]): Pick<ChartModel, 'form' | 'stacked' | 'share'> {
  const kind = report.chart?.kind ?? 'bar'
  return {
    form: kind === 'line' ? 'line' : 'bar',
    stacked: kind === 'stacked' || kind === 'diverging',
    share: measures.every((name) => {
      const found = column(report, name)
      return found !== undefined && isShare(found)
    }),
  }
}

function wideModel(report: Report, measures: string[]): ChartModel {
  const spec = report.chart
  const series: Series[] = measures.map((measure, index) => ({
    name: column(report, measure)?.title ?? measure,
    measure,
    tone: tone(measure, index),
    negative: spec?.negative.includes(measure) ?? false,
    values: report.rows.map((row) => number(row[measure])),
    rows: report.rows.map((_, i) => i),
    absent: absentOf(report, measure, report.rows.map((_, i) => i)),
  }))
  const undivided = undividedSeries(report, series)
  if (undivided) series.push(undivided)
  return {
    ...base(report, measures),
    categories: report.rows.map((row) => axisLabel(report, row, spec?.x ?? '')),
    series,
    missing: report.rows.map((_, i) => series.every((one) => isUnrecorded(report, one, i))),
    unfinished: report.rows.map((_, i) => report.unfinished.has(i)),
    ...hiddenOf(report, series),
  }
}

/**
 * Where the parts have no value but their total has (the first gathering of a series has no new members told apart), the total is drawn
 * as one part of its own colour: the people were there.
 */
function undividedSeries(report: Report, parts: Series[]): Series | null {
  const total = column(report, report.chart?.total ?? '')
  if (!total || parts.some((part) => part.measure === total.name)) return null
  const values = report.rows.map((row, i) => (parts.every((part) => part.values[i] === null) ? number(row[total.name]) : null))
  if (values.every((value) => value === null)) return null
  return { name: total.title, measure: total.name, tone: '--data-undivided', negative: false, values, rows: report.rows.map((_, i) => i) }
}

/** Long form: one series for each value of `by`, at most eight of them; the table has the rest. */
function longModel(report: Report, measure: string, by: string): ChartModel {
  const x = report.chart?.x ?? ''
  const categories = [...new Set(report.rows.map((row) => rowLabel(report, row, x)))]
  const names = [...new Set(report.rows.map((row) => rowLabel(report, row, by)))].slice(0, mostSeries)
  const series = names.map((name, index) => {
    const rows = categories.map((category) =>
      report.rows.findIndex((row) => rowLabel(report, row, x) === category && rowLabel(report, row, by) === name),
    )
    return {
      name,
      measure,
      tone: tone(name, index),
      negative: false,
      rows,
      values: rows.map((i) => number(report.rows[i]?.[measure])),
      unfinished: rows.map((i) => report.unfinished.has(i)),
      absent: absentOf(report, measure, rows),
    }
  })
  return {
    ...base(report, [measure]),
    categories,
    series,
    missing: categories.map((_, i) => series.every((one) => one.rows[i] === -1 || isUnrecorded(report, one, i))),
    ...hiddenOf(report, series),
    unfinished: categories.map((_, i) => series.some((one) => report.unfinished.has(one.rows[i] ?? -1))),
  }
}

/** A long result laid out as lines and columns: cohorts down, periods across. */
export interface HeatModel {
  down: Column
  across: Column
  measure: Column
  /** A column that belongs to the whole line, such as the cohort's size. */
  size: Column | null
  /** Of a share: what it counts, said below it. */
  count: Column | null
  columns: string[]
  lines: { label: string; first: number; cells: (number | null)[] }[]
}

/** Null when the report declares no layout. Cells are indexes of the report's rows; null = no such cell (not yet, or never). */
export function heatModel(report: Report): HeatModel | null {
  const spec = report.pivot
  const [downName = '', ...others] = spec?.rows ?? []
  const down = column(report, downName)
  const across = column(report, spec?.columns ?? '')
  const measure = column(report, spec?.value ?? '')
  if (!down || !across || !measure || report.rows.length === 0) return null
  const text = (row: Row, name: string) => String(row[name] ?? null)
  const acrossRows = inOrder([...new Map(report.rows.toReversed().map((row) => [text(row, across.name), row])).values()].toReversed(), across)
  const place = new Map(report.rows.map((row, i) => [`${text(row, down.name)}\u0000${text(row, across.name)}`, i]))
  const lines = new Map<string, number>()
  for (const [i, row] of report.rows.entries()) if (!lines.has(text(row, down.name))) lines.set(text(row, down.name), i)
  return {
    down,
    across,
    measure,
    size: column(report, others[0] ?? 'size') ?? null,
    count: column(report, measure.ratio[0] ?? '') ?? null,
    columns: acrossRows.map((row) => rowLabel(report, row, across.name)),
    lines: [...lines].map(([key, first]) => ({
      label: rowLabel(report, report.rows[first] ?? {}, down.name),
      first,
      cells: acrossRows.map((row) => place.get(`${key}\u0000${text(row, across.name)}`) ?? null),
    })),
  }
}

/** Numbers by size; everything else as the report ordered it. */
function inOrder(rows: Row[], by: Column): Row[] {
  const value = (row: Row) => row[by.name]
  if (!rows.every((row) => typeof value(row) === 'number')) return rows
  return rows.toSorted((a, b) => Number(value(a)) - Number(value(b)))
}

/** The few numbers of a report that has one row and no periods: said large, not drawn. Null when the report declares none. */
export function figures(report: Report): Column[] | null {
  const only = report.rows.length === 1
  if (!only || report.chart?.kind !== 'number') return null
  const found = report.chart.y.flatMap((name) => column(report, name) ?? [])
  return found.length > 0 ? found : null
}
