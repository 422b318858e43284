import type { Status } from '../api/types'

/** What /v1/status says, read for the page about data. What is not known is null, never 0. */
export interface Pulse {
  pending: number | null
  /** Age of the oldest message that is not stored, in seconds. */
  lag: number | null
  /** Refused by this process's gateway since it started, by code; null = not known here. */
  rejections: [string, number][] | null
  rejectedSince: string | null
  messages: number | null
  events: number | null
  facts: number | null
  letters: number | null
  storedAt: string | null
  durability: string
  /** Each part of the program and "ok" or what is wrong with it. */
  checks: [string, string][]
}

type Obj = Record<string, unknown>

function part(from: Obj, name: string): Obj {
  const value = from[name]
  return typeof value === 'object' && value !== null ? (value as Obj) : {}
}

function amount(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function rejectionsOf(raw: Obj): [string, number][] | null {
  if (raw['rejections'] === null || raw['rejections'] === undefined) return null
  return Object.entries(part(part(raw, 'rejections'), 'by_code')).filter((entry): entry is [string, number] => typeof entry[1] === 'number')
}

export function pulseOf(status: Status | undefined): Pulse {
  const raw = status?.raw ?? {}
  const stream = part(raw, 'stream')
  const warehouse = part(raw, 'warehouse')
  return {
    pending: amount(stream['pending']),
    lag: amount(raw['lag_seconds']),
    rejections: rejectionsOf(raw),
    rejectedSince: text(part(raw, 'rejections')['since']),
    messages: amount(stream['messages']),
    events: amount(warehouse['events']),
    facts: amount(warehouse['facts']),
    letters: amount(raw['dead_letters']),
    storedAt: status?.last_stored_at ?? null,
    durability: text(raw['durability']) ?? '',
    checks: Object.entries(part(raw, 'checks')).map(([name, value]) => [name, String(value)]),
  }
}
