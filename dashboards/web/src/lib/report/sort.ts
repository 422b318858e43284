import type { Cell, Row } from '../api/types'

export interface Sort {
  column: string
  descending: boolean
}

/** sort=attended or sort=-attended in the address. */
export function readSort(query: URLSearchParams): Sort | null {
  const text = query.get('sort')
  if (!text) return null
  return text.startsWith('-') ? { column: text.slice(1), descending: true } : { column: text, descending: false }
}

export function sortText(sort: Sort): string {
  return (sort.descending ? '-' : '') + sort.column
}

/** The next order of a column whose header was pressed: numbers largest first, words from A; then the other way; then as the report gave it. */
export function nextSort(current: Sort | null, column: string, numeric: boolean): Sort | null {
  if (current?.column !== column) return { column, descending: numeric }
  if (current.descending === numeric) return { column, descending: !numeric }
  return null
}

/** Indexes of rows in order. What is not recorded comes last either way: it is neither small nor large. Equal rows keep their order. */
export function sortedIndexes(rows: Row[], sort: Sort | null): number[] {
  const indexes = rows.map((_, index) => index)
  if (!sort) return indexes
  const collator = new Intl.Collator('en', { numeric: true })
  return indexes.sort((a, b) => {
    const left = rows[a]?.[sort.column] ?? null
    const right = rows[b]?.[sort.column] ?? null
    if (left === null || right === null) return left === right ? a - b : left === null ? 1 : -1
    const order = compare(left, right, collator)
    return order === 0 ? a - b : sort.descending ? -order : order
  })
}

function compare(left: Exclude<Cell, null>, right: Exclude<Cell, null>, collator: Intl.Collator): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right
  return collator.compare(String(left), String(right))
}
