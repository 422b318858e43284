import type { Report } from '../api/types'
import { formatMoment, humanise } from '../format'
import { carried } from '../filters/names'
import { strings } from '../strings'

/** What must stand beside figures that leave the page: how they were counted, of whom, when. */
export interface About {
  title: string
  definition: string
  /** Lines of the form "Filters: …". */
  lines: string[]
}

export function filtersText(report: Report): string {
  const set = Object.entries(report.asked).filter(([name]) => !carried.includes(name) && name !== 'compare')
  const title = (name: string) => report.parameters.find((one) => one.name === name)?.title ?? humanise(name)
  const value = (name: string, text: string) => (report.parameters.find((one) => one.name === name)?.values.length ? text.split(',').map(humanise).join(', ') : text)
  return set.map(([name, text]) => `${title(name)}: ${value(name, text)}`).join('; ') || strings.exports.noFilters
}

export function about(report: Report, title = report.title): About {
  return {
    title: report.tenant ? `${title} · ${report.tenant}` : title,
    definition: report.definition,
    lines: [
      `${strings.exports.filters}: ${filtersText(report)}`,
      ...(report.asked['view'] === 'shareable' ? [strings.view.shareableNote] : []),
      `${strings.exports.zone}: ${report.timezone} · ${strings.exports.asOf}: ${formatMoment(report.as_of, report.timezone, true)}`,
    ],
  }
}

/** turnout-TENANT-REPORT-2026-11-22.csv; the day is the report's own. */
export function fileName(report: Report, extension: string, part = ''): string {
  const day = new Intl.DateTimeFormat('en-CA', { timeZone: report.timezone, dateStyle: 'short' }).format(new Date(report.as_of))
  const view = report.asked['view'] === 'shareable' ? 'shareable' : ''
  const words = ['turnout', report.tenant, report.name, part, view, day].filter((one) => one !== '')
  return `${words.join('-').replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')}.${extension}`
}
