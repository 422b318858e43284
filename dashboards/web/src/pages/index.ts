import type { Component } from 'svelte'
import type { Page } from '../lib/state/route.svelte'
import Overview from './Overview.svelte'

export type LoadedPage = Component<Record<string, string>>

/** Each page's script comes when it is gone to; the first one's with the page itself. */
const loaders: Readonly<Record<Page['name'], () => Promise<unknown>>> = {
  overview: () => Promise.resolve({ default: Overview }),
  gatherings: () => import('./Gatherings.svelte'),
  gathering: () => import('./Gathering.svelte'),
  retention: () => import('./Retention.svelte'),
  engagement: () => import('./Engagement.svelte'),
  careers: () => import('./Careers.svelte'),
  groups: () => import('./Groups.svelte'),
  members: () => import('./Members.svelte'),
  member: () => import('./Member.svelte'),
  health: () => import('./Health.svelte'),
  live: () => import('./Live.svelte'),
  reports: () => import('./Reports.svelte'),
  report: () => import('./Report.svelte'),
  reference: () => import('./Reference.svelte'),
  eventType: () => import('./EventType.svelte'),
  reportDefinition: () => import('./ReportDefinition.svelte'),
  unknown: () => import('./NotFound.svelte'),
}

export async function loadPage(name: Page['name']): Promise<LoadedPage> {
  const module = (await loaders[name]()) as { default: LoadedPage }
  return module.default
}

/** What a page is told beside the address: the id of what it is about. */
export function pageProps(page: Page): Record<string, string> {
  switch (page.name) {
    case 'gathering':
      return { id: page.gathering }
    case 'member':
      return { person: page.person }
    case 'report':
    case 'reportDefinition':
      return { name: page.report }
    case 'eventType':
      return { type: page.type }
    default:
      return {}
  }
}
