import type { Row } from '../api/types'
import { route } from '../state/route.svelte'

const pages: Readonly<Record<string, string>> = { gathering_id: 'gatherings', person_id: 'members' }

/** The address of the page about what a row is about: a gathering or a person. */
export function rowPage(row: Row): string | undefined {
  for (const [name, page] of Object.entries(pages)) {
    const id = row[name]
    if (typeof id === 'string' && id !== '') return route.to(`/${page}/${encodeURIComponent(id)}`)
  }
  return undefined
}
