import type { Column, Row } from '../api/types'

export interface Shown {
  column: Column
  /** An id that is told below the column's own value instead of in a column of its own. */
  below: Column | null
}

function isId(column: Column): boolean {
  return column.type === 'id' || column.name.endsWith('_id')
}

/** The columns of a table for people: an id that has a title beside it goes below that title. */
export function shownColumns(columns: Column[]): Shown[] {
  const title = columns.find((column) => column.name === 'title' && column.role !== 'measure')
  const id = title && columns.find((column) => isId(column) && column.role === 'dimension')
  const shown = columns.filter((column) => column !== id && column !== title).map((column) => ({ column, below: null }))
  return title && id ? [{ column: title, below: id }, ...shown] : columns.map((column) => ({ column, below: null }))
}

export function isNumeric(column: Column): boolean {
  return column.type === 'integer' || column.type === 'number'
}

/** A measure whose whole column is empty says nothing about its rows: tables move it to the end of their attention. */
export function allNull(column: Column, rows: Row[]): boolean {
  return rows.every((row) => (row[column.name] ?? null) === null)
}
