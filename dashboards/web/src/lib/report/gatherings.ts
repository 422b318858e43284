import { suppressedKey, type Report, type Row } from '../api/types'

/** One row of the attendance report, as the overview shows it. */
export interface Gathering {
  row: Row
  /** Where the row stands in the report. */
  index: number
  id: string
  title: string
  startsAt: string
  /** Whether somebody wrote down who was there: also where the shareable view leaves the number out. */
  recorded: boolean
  attended: number | null
  newMembers: number | null
  continuing: number | null
}

function text(row: Row, name: string): string {
  const value = row[name]
  return typeof value === 'string' ? value : ''
}

function number(row: Row, name: string): number | null {
  const value = row[name]
  return typeof value === 'number' ? value : null
}

export interface Split {
  /** The latest gathering whose attendance is recorded; without any, the latest. */
  latest: Gathering | undefined
  /** Begun after it, and not recorded: the latest first. */
  since: Gathering[]
  /** Begun before it, the latest first. */
  before: Gathering[]
  /** Not begun yet, the next first. */
  upcoming: Gathering[]
}

/** Whether the shareable view leaves a number out. */
export function isHidden(report: Report, index: number, column: string): boolean {
  return report.suppressed.has(suppressedKey(index, column))
}

export function gatherings(report: Report): Gathering[] {
  return report.rows.map((row, index) => ({
    row,
    index,
    id: text(row, 'gathering_id'),
    title: text(row, 'title') || text(row, 'gathering_id'),
    startsAt: text(row, 'starts_at'),
    recorded: number(row, 'attended') !== null || isHidden(report, index, 'attended'),
    attended: number(row, 'attended'),
    newMembers: number(row, 'new_members'),
    continuing: number(row, 'continuing'),
  }))
}

/** The gatherings as seen at the report's as-of time. */
export function splitGatherings(report: Report): Split {
  const asOf = new Date(report.as_of).getTime()
  const all = gatherings(report)
  const time = (one: Gathering) => new Date(one.startsAt).getTime()
  // Without a start it cannot be ahead: it is known by its attendance only.
  const begun = (one: Gathering) => !(time(one) > asOf)
  const past = all.filter(begun).toSorted((a, b) => (time(b) || 0) - (time(a) || 0))
  const recorded = Math.max(
    0,
    past.findIndex((one) => one.recorded),
  )
  return {
    latest: past[recorded],
    since: past.slice(0, recorded),
    before: past.slice(recorded + 1),
    upcoming: all.filter((one) => !begun(one)).toSorted((a, b) => time(a) - time(b)),
  }
}

/** The gatherings of the same series just before and after this one. */
export function neighbours(all: Gathering[], one: Gathering): { before: Gathering | undefined; after: Gathering | undefined } {
  const series = text(one.row, 'series_id')
  if (series === '') return { before: undefined, after: undefined }
  const same = all.filter((other) => text(other.row, 'series_id') === series).toSorted((a, b) => a.startsAt.localeCompare(b.startsAt))
  const at = same.findIndex((other) => other.id === one.id)
  return { before: same[at - 1], after: same[at + 1] }
}
