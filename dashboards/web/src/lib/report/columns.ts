import type { Column } from '../api/types'

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
  const id = title && columns.find((column) => isId(column) && column.role === 'dimension')
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

export function isNumeric(column: Column): boolean {
  return column.type === 'integer' || column.type === 'number'
}
