import type { Cell, Column } from './api/types'

const locale = 'en-GB'

/** attendance_basis -> Attendance basis */
export function humanise(name: string): string {
  const words = name.replaceAll(/[_-]+/g, ' ').replace(/ id$/, '').trim()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

export function formatCount(value: number): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }).format(value)
}

/** 0.2857 -> 28.6 % (from the unrounded value) */
export function formatShare(value: number): string {
  return `${new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(value * 100)} %`
}

export function formatNumber(value: number): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: Math.abs(value) < 10 ? 2 : 1 }).format(value)
}

/** A calendar date as it is: no time zone may move it. */
export function formatDate(text: string): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})/.exec(text)
  if (!match) return text
  const date = new Date(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])))
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' }).format(date)
}

/** A moment in the community's time zone. */
export function formatMoment(text: string, timezone: string, seconds = false): string {
  const date = new Date(text)
  if (Number.isNaN(date.getTime())) return text
  const options: Intl.DateTimeFormatOptions = {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    ...(seconds ? { second: '2-digit' } : {}),
  }
  try {
    return new Intl.DateTimeFormat(locale, { ...options, timeZone: timezone || 'UTC' }).format(date)
  } catch {
    return new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' }).format(date)
  }
}

/** The day of a moment in the community's time zone. */
export function formatDay(text: string, timezone: string): string {
  const date = new Date(text)
  if (Number.isNaN(date.getTime())) return text
  try {
    return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: timezone || 'UTC' }).format(date)
  } catch {
    return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' }).format(date)
  }
}

export function isShare(column: Column): boolean {
  return column.unit === 'share' || column.unit === 'ratio'
}

/** Whether a column's texts are words of the contract (kinds, statuses, checks) rather than ids, which are never changed. */
function isWord(column: Column): boolean {
  return column.role !== 'measure' && !/(_id|^id|^period|^cohort|^source|^key|^subject|title)$/.test(column.name)
}

/** The text of a cell that is not null. */
export function formatCell(value: Exclude<Cell, null>, column: Column, timezone: string): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'number') {
    if (isShare(column)) return formatShare(value)
    // Years and other labels that happen to be numbers are not quantities.
    if (column.role !== 'measure' && column.unit === '') return String(value)
    return Number.isInteger(value) ? formatCount(value) : formatNumber(value)
  }
  if (Array.isArray(value)) return value.map((one) => (one === null ? '–' : formatCell(one, column, timezone))).join(', ')
  if (column.type === 'date') return formatDate(value)
  if (column.type === 'datetime') return formatMoment(value, timezone)
  // sign_in_sheet -> sign in sheet; ids stay as they are.
  return isWord(column) && /^[a-z]+(_[a-z]+)+$/.test(value) ? value.replaceAll('_', ' ') : value
}

/** "3 minutes ago", for freshness stamps. */
export function formatAgo(then: string, now: number): string {
  const seconds = Math.round((new Date(then).getTime() - now) / 1000)
  if (Number.isNaN(seconds)) return then
  const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
  const steps: [number, Intl.RelativeTimeFormatUnit][] = [
    [60, 'second'],
    [3600, 'minute'],
    [86_400, 'hour'],
    [Number.POSITIVE_INFINITY, 'day'],
  ]
  let size = 1
  for (const [limit, unit] of steps) {
    if (Math.abs(seconds) < limit) return relative.format(Math.round(seconds / size), unit)
    size = limit
  }
  return then
}
