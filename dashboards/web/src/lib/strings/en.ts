/** Everything the page says in English. Sentences are whole, so that another language can order its words freely. */

const plural = new Intl.PluralRules('en')

function count(n: number, one: string, many: string): string {
  return `${new Intl.NumberFormat('en-GB').format(n)} ${plural.select(n) === 'one' ? one : many}`
}

export const en = {
  language: 'en',
  product: 'Turnout',
  skip: 'Skip to the content',
  pageTitle: (page: string, tenant: string) => (tenant ? `${page} · ${tenant} · Turnout` : `${page} · Turnout`),

  nav: {
    label: 'Pages',
    overview: 'Overview',
    reports: 'Reports',
    reference: 'Reference',
    status: 'Status',
  },

  theme: {
    label: 'Colours',
    system: 'as the system',
    light: 'light',
    dark: 'dark',
  },

  tenant: {
    label: 'Community',
  },

  key: {
    title: 'This server asks for an API key',
    text: 'Enter a key with the scope “read”. It stays in this browser tab until the tab is closed.',
    rejected: 'The server did not accept this key: it may be mistyped, or revoked.',
    label: 'API key',
    submit: 'Open',
    forget: 'Forget the key',
    how: 'Whoever runs the server makes one with:',
    command: 'turnout keys create --scope read',
  },

  state: {
    loading: 'Loading',
    retry: 'Try again',
    unreachable: 'The server does not answer',
    unreachableDetail: 'The page is open, but the program behind it cannot be reached.',
    unreachableHint: 'Check that turnout is running, then try again.',
    pageFault: 'This page made a mistake',
    where: (pointer: string) => `At ${pointer}`,
    passing: 'This page tries again by itself.',
    engineDown: 'The warehouse is restarting',
    noData: 'No data yet',
    noDataText: (tenant: string) =>
      tenant ? `Nothing is stored for the community “${tenant}” yet. Send a first event:` : 'Nothing is stored yet. Send a first event:',
    noDataThen: 'It is counted here within a second.',
    elsewhere: 'Communities that have data:',
    filtered: 'The filters leave nothing',
    filteredText: 'There is data, but none of it matches the filters above.',
    clear: 'Clear the filters',
    copy: 'Copy',
    copied: 'Copied',
    notFound: 'There is no such page',
    notFoundText: 'The address may be mistyped, or the report has another name now.',
    notFoundLink: 'All reports',
  },

  value: {
    notRecorded: 'not recorded',
    notRecordedHint: 'Not recorded is not zero: nobody wrote this down.',
    pending: 'not yet',
    unfinished: 'unfinished',
    unfinishedHint: 'This period is not over yet: its figures still grow.',
    empty: 'none',
    unknown: 'unknown',
  },

  freshness: {
    asOf: (moment: string, zone: string) => `As of ${moment} (${zone})`,
    stored: (ago: string) => `Last event stored ${ago}`,
    never: 'No event stored yet',
    refresh: 'Refresh',
    newer: 'Newer data: refresh',
  },

  overview: {
    title: 'Overview',
    latest: 'Latest gathering on record',
    attended: 'attended',
    newMembers: 'new',
    continuing: 'continuing',
    newShare: (share: string) => `${share} of those present were new`,
    recent: 'Before that',
    upcoming: 'next',
    since: 'since then',
    gathering: 'Gathering',
    when: 'When',
    present: 'Present',
    allGatherings: 'All gatherings',
    lifecycle: 'Who comes, who comes back, who stays away',
    firstOfSeries: 'New members are told apart from the second gathering of a series on.',
    noGathering: 'No gathering has taken place yet.',
    notRecordedNote: 'The gathering took place; who was there is not recorded.',
  },

  reports: {
    title: 'Reports',
    lead: 'Each report answers one question. Every number in it opens the list of the people or records it counts.',
    other: 'Other',
  },

  report: {
    definition: 'How this is counted',
    columns: 'What the columns mean',
    filters: 'Filters',
    any: 'all',
    clear: 'Clear',
    moreFilters: 'More filters',
    chart: 'Chart',
    summary: 'Summary table',
    table: 'Table',
    rows: (n: number) => count(n, 'row', 'rows'),
    chartLabel: (title: string) => `Chart: ${title}. The table below has the same figures.`,
    sortHint: 'Press a heading to sort.',
    scroll: (title: string) => `${title}, table; scroll sideways for more columns`,
    export: 'The same as',
    chartFailed: 'The chart could not be loaded; the table has everything.',
    heatCaption: (measure: string, across: string, count: string) =>
      `In each cell: ${measure}${count ? `, with ${count} below` : ''}; across: ${across}. A dashed cell is not over yet.`,
    yes: 'yes',
    no: 'no',
  },

  drill: {
    label: (measure: string) => `The list behind ${measure}`,
    close: 'Close',
    records: (n: number) => count(n, 'record', 'records'),
    part: (shown: number, all: number) => `The first ${shown} of ${all}`,
    disagree: (value: string, now: string) =>
      `The report shows ${value}, by now it is ${now}: the data changed in between. Refresh the report.`,
    none: 'Nobody and nothing: the number is 0.',
    more: (n: number) => `Show up to ${new Intl.NumberFormat('en-GB').format(n)}`,
  },

  reference: {
    title: 'Reference',
    lead: 'The event types this server understands. Each is one JSON Schema; reports count nothing else.',
    type: 'Event type',
    about: 'About',
    mode: 'Mode',
    key: 'Business key',
    fields: 'Fields',
    field: 'Field',
    kind: 'Type',
    meaning: 'Meaning',
    required: 'required',
    example: 'Example',
    keyHint: 'Two events with the same business key are one fact: the higher revision counts.',
    noMode: 'none',
    back: 'All event types',
  },

  status: {
    title: 'Status',
    lead: 'Whether events arrive, are stored and can be asked for.',
    communities: 'Communities',
    events: 'Events',
    lastEvent: 'Last event',
  },
}

export type Strings = typeof en
