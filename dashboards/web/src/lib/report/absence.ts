import type { Column, Report } from '../api/types'
import { strings } from '../strings'

/**
 * Why a measure has no value: not yet (the period is not over), a reason that the report itself gives, a share of nothing (0 of 0), left out
 * of the shareable view, or nobody wrote it down. Only the last is "not recorded".
 */
export type Absence = 'pending' | 'told' | 'undefined' | 'suppressed' | 'unrecorded'

/** Null when there is a value. */
export function absence(report: Report, index: number, column: Column): Absence | null {
  const row = report.rows[index] ?? {}
  const known = (name: string) => (row[name] ?? null) !== null
  if (known(column.name)) return null
  if (report.suppressed.has(`${index}.${column.name}`)) return 'suppressed'
  if (report.unfinished.has(index)) return 'pending'
  const partly = report.columns.some((one) => one.role === 'measure' && known(one.name))
  if (partly && column.null_text !== '') return 'told'
  if (column.ratio.length > 0 && column.ratio.every(known)) return 'undefined'
  return 'unrecorded'
}

/** What stands in the place of the value, and what explains it. */
export function absenceWords(why: Absence, column: Column): { text: string; hint: string } {
  switch (why) {
    case 'pending':
      return { text: strings.value.pending, hint: strings.value.unfinishedHint }
    case 'told':
      return { text: column.null_text, hint: column.description }
    case 'undefined':
      return { text: '–', hint: strings.value.undefinedHint }
    case 'suppressed':
      return { text: strings.value.suppressed, hint: strings.value.suppressedHint }
    case 'unrecorded':
      return { text: strings.value.notRecorded, hint: strings.value.notRecordedHint }
  }
}
