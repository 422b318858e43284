import type { Cell, Report, Row } from '../api/types'
import { route } from '../state/route.svelte'

const pages: Readonly<Record<string, string>> = { gathering_id: 'gatherings', person_id: 'members' }

/** What stands in lists for a person who does not allow to be named there. */
export const withheld = '(withheld)'

/** The address of the page about what an id names: a gathering or a person. */
export function idPage(name: string, value: Cell | undefined): string | undefined {
  const page = pages[name]
  return page && typeof value === 'string' && value !== '' && value !== withheld ? route.to(`/${page}/${encodeURIComponent(value)}`) : undefined
}

/** The address of the page about what a row is about. */
export function rowPage(row: Row): string | undefined {
  for (const name of Object.keys(pages)) {
    const href = idPage(name, row[name])
    if (href) return href
  }
  return undefined
}

/** The same for a report whose periods may be gatherings. */
export function rowPageOf(report: Report): (row: Row) => string | undefined {
  const grain = report.asked['grain'] ?? report.parameters.find((one) => one.name === 'grain')?.default
  if (grain !== 'gathering') return rowPage
  return (row) => rowPage(row) ?? (typeof row['period'] === 'string' ? route.to(`/gatherings/${encodeURIComponent(row['period'])}`) : undefined)
}
