import type { Column, Report, Row } from '../api/types'
import { route } from '../state/route.svelte'
import { cutOf, withCut, type Cut } from './drill'
import { withheld } from './links'

/** The report whose own page is shown; empty on other pages. */
export function pageReport(): string {
  return route.page.name === 'report' ? route.page.report : ''
}

/** The address with a list opened on the page that is shown, or with none. */
export function cutHref(cut: Cut | null): string {
  const text = withCut(route.query, cut, pageReport()).toString()
  return text ? `${route.path}?${text}` : route.path
}

/** The address that opens what is behind a number; none for what is no number of a list. */
export function numberHref(report: Report, row: Row | undefined, column: Column | undefined): string | undefined {
  if (!row || !column || column.role !== 'measure' || !column.drill || typeof row[column.name] !== 'number') return undefined
  // Nothing tells which of the withheld persons the row is about.
  if (report.columns.some((one) => one.role === 'dimension' && row[one.name] === withheld)) return undefined
  return cutHref(cutOf(report, row, column.name))
}
