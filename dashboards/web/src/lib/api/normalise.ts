/** Reads the API's JSON into the page's types. Unknown fields are ignored, missing ones get an honest default; nothing is made up. */

import { humanise } from '../format'
import type {
  Cell,
  ChartSpec,
  Choice,
  Column,
  EventType,
  Parameter,
  PivotSpec,
  Report,
  ReportDescription,
  Role,
  Row,
  RowList,
  SchemaField,
  Status,
  TenantInfo,
} from './types'
import { suppressedKey } from './types'

type Obj = Record<string, unknown>

/** The column by which a report marks rows whose period is not over. */
const unfinishedName = 'unfinished'

function obj(value: unknown): Obj {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Obj) : {}
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function text(value: unknown, otherwise = ''): string {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : otherwise
}

function texts(value: unknown): string[] {
  return list(value).map((one) => text(one))
}

function readTexts(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(obj(value)).map(([name, one]) => [name, text(one)]))
}

function amount(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}

/** Reports as they describe themselves: everything but figures. */
export function readReports(body: unknown): ReportDescription[] {
  return list(obj(body)['reports']).map((one) => readDescription(obj(one)))
}

function readDescription(from: Obj): ReportDescription {
  const name = text(from['name'], text(from['report']))
  return {
    name,
    title: text(from['title'], humanise(name)),
    question: text(from['question']),
    section: text(from['section']),
    definition: text(from['definition']),
    parameters: list(from['parameters']).map(readParameter),
    columns: list(from['columns']).map(readColumn),
    chart: readChart(from['chart']),
    pivot: readPivot(from['pivot']),
    personal: from['personal'] === true,
  }
}

function role(value: unknown): Role {
  return value === 'measure' || value === 'dimension' ? value : 'attribute'
}

export function readColumn(value: unknown): Column {
  const from = obj(value)
  const name = text(from['name'])
  return {
    name,
    title: text(from['title'], humanise(name)),
    role: role(from['role']),
    type: text(from['type'], 'string'),
    unit: text(from['unit']),
    description: text(from['description']),
    drill: from['drill'] !== false,
    null_text: text(from['null_text']),
    ratio: texts(from['ratio']),
    texts: readTexts(from['texts']),
    compares: text(from['compares']),
  }
}

function readParameter(value: unknown): Parameter {
  const from = obj(value)
  const name = text(from['name'])
  return {
    name,
    title: text(from['title'], humanise(name)),
    description: text(from['description']),
    type: text(from['type'], 'string'),
    values: texts(from['values']),
    texts: readTexts(from['texts']),
    default: text(from['default']),
  }
}

function readChart(value: unknown): ChartSpec | null {
  const from = obj(value)
  const kind = text(from['kind'])
  return kind === '' ? null : { kind, x: text(from['x']), y: texts(from['y']), negative: texts(from['negative']), total: text(from['total']) }
}

function readPivot(value: unknown): PivotSpec | null {
  const from = obj(value)
  const columns = text(from['columns'])
  return columns === '' ? null : { rows: texts(from['rows']), columns, value: text(from['value']) }
}

function readRows(value: unknown): Row[] {
  return list(value).map((one) => obj(one) as Record<string, Cell>)
}

/**
 * A result joined with its report's description. The result's own columns lead: their order and types are what was computed; titles, roles
 * and the layout come from the description. Without one (an older server) every numeric column is taken for a measure without a list.
 */
export function readReport(body: unknown, described: ReportDescription | undefined): Report {
  const from = obj(body)
  const result = readDescription(from)
  const rows = readRows(from['rows'])
  return {
    ...(described ?? result),
    title: result.title,
    definition: result.definition,
    tenant: text(obj(from['parameters'])['tenant']),
    shareable: obj(from['parameters'])['view'] === 'shareable',
    timezone: text(from['timezone'], 'UTC'),
    as_of: text(from['as_of']),
    columns: result.columns
      .filter((column) => column.name !== unfinishedName)
      .map((column) => withRole(column, described)),
    rows,
    suppressed: readSuppressed(from['suppressed']),
    asked: {},
    own: {},
    unfinished: new Set(rows.flatMap((row, index) => (row[unfinishedName] === true ? [index] : []))),
  }
}

function withRole(column: Column, described: ReportDescription | undefined): Column {
  const known = described?.columns.find((one) => one.name === column.name)
  if (known) return known
  // The year before has its list, too.
  return column.compares === '' ? { ...column, drill: false } : { ...column, role: 'measure' }
}

function readSuppressed(value: unknown): ReadonlyMap<string, string> {
  return new Map(
    list(value).map((one) => {
      const from = obj(one)
      return [suppressedKey(amount(from['row']) ?? -1, text(from['column'])), text(from['text'])]
    }),
  )
}

export function readRowList(body: unknown): RowList {
  const from = obj(body)
  return {
    report: text(from['report']),
    measure: text(from['measure']),
    columns: list(from['columns']).map(readColumn),
    rows: readRows(from['rows']),
    value: (from['value'] ?? null) as Cell,
    total: amount(from['total']) ?? list(from['rows']).length,
    timezone: text(from['timezone'], 'UTC'),
  }
}

function readField(value: unknown): SchemaField {
  const from = obj(value)
  return {
    name: text(from['name']),
    type: text(from['type']),
    format: text(from['format']),
    description: text(from['description']),
    required: from['required'] === true,
    values: texts(from['enum'] ?? from['values']),
  }
}

export function readEventTypes(body: unknown): EventType[] {
  const from = obj(body)
  return list(from['types'] ?? from['schemas']).map((one) => {
    const type = obj(one)
    return {
      name: text(type['name'], text(type['type'])),
      title: text(type['title']),
      description: text(type['description']),
      key: texts(type['key']),
      mode: text(type['mode']),
      fields: list(type['fields']).map(readField),
      examples: list(type['examples']),
    }
  })
}

/** What filters without a fixed list can be set to, by parameter. */
export function readValues(body: unknown): Record<string, Choice[]> {
  const found = Object.entries(obj(obj(body)['values']))
  return Object.fromEntries(
    found.map(([name, choices]) => [name, list(choices).map((one) => ({ value: text(obj(one)['value']), text: text(obj(one)['text'], text(obj(one)['value'])) }))]),
  )
}

function readTenant(value: unknown): TenantInfo {
  const from = typeof value === 'string' ? { tenant: value } : obj(value)
  return {
    tenant: text(from['tenant'], text(from['name'])),
    events: amount(from['events']),
    last_event_at: text(from['last_event_at']) || null,
    timezone: text(from['timezone']),
  }
}

export function readStatus(body: unknown): Status {
  const from = obj(body)
  return {
    tenants: list(from['tenants']).map(readTenant),
    last_stored_at: text(from['stored_last_at']) || null,
    pending: amount(obj(from['stream'])['pending']),
    warehouse: text(obj(from['warehouse'])['state'], 'unknown'),
    raw: from,
  }
}
