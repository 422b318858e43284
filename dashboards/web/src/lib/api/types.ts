/** What the page knows of the API's answers. Field names are the API's. */

/** A cell of a report. null means "not recorded", which is not zero. */
export type Cell = string | number | boolean | null | Cell[]

export type Row = Record<string, Cell>

export type Role = 'dimension' | 'attribute' | 'measure'

export interface Column {
  name: string
  title: string
  role: Role
  /** string, id, integer, number, date, datetime, boolean, array */
  type: string
  /** persons, acts, share (0..1), hours, … ; empty when there is none */
  unit: string
  description: string
  /** Whether its numbers have a list behind them. */
  drill: boolean
  /** What no value means in a row where other measures have one; empty = not recorded. */
  null_text: string
  /** The two measures that this one divides; empty when it divides none. */
  ratio: string[]
  /** What its values are called in the reader's language, where they are words of the contract. */
  texts: Record<string, string>
  /** The measure of which this is the value a year before; empty = it is no comparison. */
  compares: string
}

export interface Parameter {
  name: string
  title: string
  description: string
  /** tenant, timezone, date, enum, list, integer */
  type: string
  values: string[]
  /** What the values are called in the reader's language. */
  texts: Record<string, string>
  default: string
}

/** A value that a filter can be set to, and what people call it. */
export interface Choice {
  value: string
  text: string
}

export interface ChartSpec {
  /** bar, stacked, line, heatmap, number; unknown kinds are shown as their table alone */
  kind: string
  x: string
  y: string[]
  /** Measures drawn downwards from the axis (what went away). */
  negative: string[]
  /** The measure of which y are the parts; drawn where the parts have no value. Empty = none. */
  total: string
}

/** How a long result is laid out for people: one line for each value of `rows`, one column for each value of `columns`. */
export interface PivotSpec {
  rows: string[]
  columns: string
  value: string
}

/** A report as its file declares it. */
export interface ReportDescription {
  name: string
  title: string
  question: string
  section: string
  definition: string
  parameters: Parameter[]
  columns: Column[]
  chart: ChartSpec | null
  pivot: PivotSpec | null
  /** Its rows name persons: closed in the shareable view. */
  personal: boolean
}

/** A report with its figures. */
export interface Report extends ReportDescription {
  tenant: string
  /** Small cells are left out: as asked, or because the key opens nothing else. */
  shareable: boolean
  timezone: string
  as_of: string
  rows: Row[]
  /** Indexes of the rows whose period is not over. */
  unfinished: ReadonlySet<number>
  /** What stands for a number that the shareable view leaves out ("fewer than 5"), by suppressedKey(row, column). */
  suppressed: ReadonlyMap<string, string>
  /** What the API was asked, whole; and the part of it that the page itself set, which is no filter of the reader's. */
  asked: Readonly<Record<string, string>>
  own: Readonly<Record<string, string>>
}

export function suppressedKey(row: number, column: string): string {
  return `${row}.${column}`
}

/** The people or records behind one number. */
export interface RowList {
  report: string
  measure: string
  columns: Column[]
  rows: Row[]
  /** The number itself, computed together with its list. */
  value: Cell
  /** How long the whole list is, also when the answer carries its beginning only. */
  total: number
  timezone: string
}

export interface SchemaField {
  name: string
  type: string
  format: string
  description: string
  required: boolean
  values: string[]
}

export interface EventType {
  name: string
  title: string
  description: string
  key: string[]
  mode: string
  fields: SchemaField[]
  examples: unknown[]
}

export interface TenantInfo {
  tenant: string
  events: number | null
  last_event_at: string | null
  /** Empty when it is not known. */
  timezone: string
}

export interface Status {
  tenants: TenantInfo[]
  /** When the last event was stored; null when none ever was. */
  last_stored_at: string | null
  /** Messages that are in the stream and not yet stored; null = not known. */
  pending: number | null
  /** "ok", or why the warehouse does not answer. */
  warehouse: string
  /** Everything the API says, for the status page: unknown parts are shown as they are. */
  raw: Record<string, unknown>
}

/** RFC 9457 problem document as Turnout writes it. */
export interface Problem {
  status: number
  code: string
  title: string
  detail: string
  hint: string
  pointer: string
}
