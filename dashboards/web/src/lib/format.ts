import type { Cell, Column } from './api/types'
import { language } from './state/language.svelte'
import { strings } from './strings'

/** A first letter large. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** attendance_basis -> Attendance basis; words of the contract (kinds, statuses) in the reader's language where it has them. */
export function humanise(name: string): string {
  const known = strings.words[name]
  if (known !== undefined) return capital(known)
  const words = name.replaceAll(/[_-]+/g, ' ').replace(/ id$/, '').trim()
  return capital(words)
}

/** A code that stands in a column, as a heading: what the report calls it, else what the page does. */
export function codeWord(columns: readonly Column[], name: string, code: string): string {
  const told = columns.find((one) => one.name === name)?.texts[code]
  return told === undefined ? humanise(code) : capital(told)
}

export function formatCount(value: number): string {
  return new Intl.NumberFormat(language.locale, { maximumFractionDigits: 0 }).format(value)
}

/** 0.2857 -> 28.6 % (from the unrounded value) */
export function formatShare(value: number): string {
  return `${new Intl.NumberFormat(language.locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(value * 100)} %`
}

export function formatNumber(value: number): string {
  return new Intl.NumberFormat(language.locale, { maximumFractionDigits: Math.abs(value) < 10 ? 2 : 1 }).format(value)
}

/** A calendar date as it is: no time zone may move it. */
export function formatDate(text: string): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})/.exec(text)
  if (!match) return text
  const date = new Date(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])))
  return new Intl.DateTimeFormat(language.locale, { dateStyle: 'medium', timeZone: 'UTC' }).format(date)
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
    return new Intl.DateTimeFormat(language.locale, { ...options, timeZone: timezone || 'UTC' }).format(date)
  } catch {
    return new Intl.DateTimeFormat(language.locale, { ...options, timeZone: 'UTC' }).format(date)
  }
}

/** The day of a moment in the community's time zone. */
export function formatDay(text: string, timezone: string): string {
  const date = new Date(text)
  if (Number.isNaN(date.getTime())) return text
  try {
    return new Intl.DateTimeFormat(language.locale, { dateStyle: 'medium', timeZone: timezone || 'UTC' }).format(date)
  } catch {
    return new Intl.DateTimeFormat(language.locale, { dateStyle: 'medium', timeZone: 'UTC' }).format(date)
  }
}

export function isShare(column: Column): boolean {
  return column.unit === 'share' || column.unit === 'ratio'
}

/** Whether a column's texts are words of the contract (kinds, statuses, checks) rather than ids, which are never changed. */
function isWord(column: Column): boolean {
  return (column.role !== 'measure' || column.name === 'detail') && !/(_id|^id|^period|^cohort|^source|^key|^subject|title)$/.test(column.name)
}

function isPeriod(column: Column): boolean {
  return column.role === 'dimension' && (column.name === 'period' || column.name === 'cohort')
}

/** 2024-05 -> May 2024, 2024-Q2 -> Q2 2024; years and ids stay as they are. */
export function formatPeriod(label: string): string {
  const month = /^(\d{4})-(\d{2})$/.exec(label)
  if (month) {
    const date = new Date(Date.UTC(Number(month[1]), Number(month[2]) - 1, 1))
    return new Intl.DateTimeFormat(language.locale, { year: 'numeric', month: 'short', timeZone: 'UTC' }).format(date)
  }
  const quarter = /^(\d{4})-Q([1-4])$/.exec(label)
  return quarter ? strings.value.quarter(quarter[2] ?? '', quarter[1] ?? '') : label
}

/** +12.5 % or −3.1 %; a true minus sign, as numbers are set. */
export function formatChange(change: number): string {
  const sign = change > 0 ? '+' : change < 0 ? '−' : '±'
  return `${sign}${new Intl.NumberFormat(language.locale, { maximumFractionDigits: Math.abs(change) < 0.1 ? 1 : 0 }).format(Math.abs(change) * 100)} %`
}

/** The text of a cell that is not null. */
export function formatCell(value: Exclude<Cell, null>, column: Column, timezone: string): string {
  if (typeof value === 'boolean') return value ? strings.value.yes : strings.value.no
  if (typeof value === 'number') {
    if (isShare(column)) return formatShare(value)
    // Years and other labels that happen to be numbers are not quantities.
    if (column.role !== 'measure' && column.unit === '') return String(value)
    return Number.isInteger(value) ? formatCount(value) : formatNumber(value)
  }
  if (Array.isArray(value)) return value.map((one) => (one === null ? '–' : formatCell(one, column, timezone))).join(', ')
  if (column.type === 'date') return formatDate(value)
  if (column.type === 'datetime') return formatMoment(value, timezone)
  const called = column.texts[value]
  if (called !== undefined) return called
  if (isPeriod(column)) return formatPeriod(value)
  // sign_in_sheet -> sign in sheet; ids stay as they are.
  if (!isWord(column)) return value
  return strings.words[value] ?? (/^[a-z]+(_[a-z]+)+$/.test(value) ? value.replaceAll('_', ' ') : value)
}

/** "3 minutes ago", for freshness stamps. */
export function formatAgo(then: string, now: number): string {
  const seconds = Math.round((new Date(then).getTime() - now) / 1000)
  if (Number.isNaN(seconds)) return then
  const relative = new Intl.RelativeTimeFormat(language.locale, { numeric: 'auto' })
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

/** The time of day of a moment, to the second, in the community's time zone. */
export function formatTime(text: string, timezone: string): string {
  const date = new Date(text)
  if (Number.isNaN(date.getTime())) return text
  return new Intl.DateTimeFormat(language.locale, { timeStyle: 'medium', hour12: false, timeZone: timezone || 'UTC' }).format(date)
}

/** 12 s, 3 min, 2 h: how old something is, without a direction. */
export function formatSeconds(seconds: number): string {
  const steps: [number, string, number][] = [
    [90, 'second', 1],
    [5400, 'minute', 60],
    [172_800, 'hour', 3600],
    [Number.POSITIVE_INFINITY, 'day', 86_400],
  ]
  const [, unit, size] = steps.find(([limit]) => seconds < limit) ?? [0, 'second', 1]
  return new Intl.NumberFormat(language.locale, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 0 }).format(seconds / size)
}
