import type { Column, Row } from '../api/types'
import type { Cut } from './drill'

export interface Shown {
  column: Column
  /** An id that is told below the column's own value instead of in a column of its own. */
  below: Column | null
}

function isId(column: Column): boolean {
  return column.type === 'id' || column.name.endsWith('_id')
}

/**
 * The columns of a table for people: what the row is and when, then its figures, then the rest. An id that has a title beside it goes below
 * that title. Lists, which have no figures, stay as they came.
 */
export function shownColumns(columns: Column[]): Shown[] {
  const title = columns.find((column) => column.name === 'title' && column.role !== 'measure')
  const dimensions = columns.filter((column) => column.role === 'dimension')
  // A report by gathering or period has one dimension, and the title is that one's.
  const id = title && (dimensions.find(isId) ?? (dimensions.length === 1 ? dimensions[0] : undefined))
  const others = columns.filter((column) => column !== id && column !== (id && title))
  const shown = columns.some((column) => column.role === 'measure') ? others.toSorted((a, b) => place(a) - place(b)) : others
  const first = title && id ? [{ column: title, below: id }] : []
  return [...first, ...shown.map((column) => ({ column, below: null }))]
}

function place(column: Column): number {
  if (column.role === 'dimension') return 0
  if (column.role === 'measure') return 2
  return column.name === 'title' || column.type === 'date' || column.type === 'datetime' ? 1 : 3
}

/** A flag says why a row is in a list; what the row is comes first. */
function isFlag(column: Column): boolean {
  return column.type === 'boolean' || /^(is|has)_/.test(column.name)
}

export interface ListLayout {
  columns: Column[]
  /** What all rows of the list have in common: said once, above it. */
  shared: Column[]
}

/**
 * How a list is laid out: who or what, then what is known, then the flags. The cell's own dimensions are in the heading already; what is the
 * same in all rows is said once; what nobody recorded takes no column.
 */
export function listLayout(columns: Column[], rows: Row[], cut: Cut): ListLayout {
  const rank = (column: Column) => (isFlag(column) ? 2 : isId(column) ? 0 : 1)
  const value = (row: Row | undefined, column: Column) => JSON.stringify(row?.[column.name] ?? null)
  const same = (column: Column) => rows.length > 1 && rows.every((row) => value(row, column) === value(rows[0], column))
  const candidates = columns.filter((column) => !(column.name in cut.at)).toSorted((a, b) => rank(a) - rank(b))
  return {
    columns: candidates.filter((column) => !same(column)),
    shared: candidates.filter((column) => same(column) && !isFlag(column) && (rows[0]?.[column.name] ?? null) !== null),
  }
}

export function isNumeric(column: Column): boolean {
  return column.type === 'integer' || column.type === 'number'
}
