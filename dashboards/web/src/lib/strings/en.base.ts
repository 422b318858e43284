/** What every page says, in English. Sentences are whole, so that another language can order its words freely. */

const plural = new Intl.PluralRules('en')

/** 1 row, 2 rows */
export function count(n: number, one: string, many: string): string {
  return `${new Intl.NumberFormat('en-GB').format(n)} ${plural.select(n) === 'one' ? one : many}`
}

export const enBase = {
  language: 'en',
  product: 'Turnout',
  skip: 'Skip to the content',
  pageTitle: (page: string, tenant: string) => (tenant ? `${page} · ${tenant} · Turnout` : `${page} · Turnout`),

  nav: {
    label: 'Pages',
    menu: 'Menu',
    overview: 'Overview',
    gatherings: 'Gatherings',
    retention: 'Retention',
    engagement: 'Engagement by mode',
    careers: 'Careers',
    groups: 'Groups and initiatives',
    members: 'Members',
    health: 'Data health',
    live: 'Live',
    reports: 'All reports',
    reference: 'Reference',
    community: 'Community',
    people: 'People',
    data: 'Data',
  },

  theme: { label: 'Colours', system: 'as the system', light: 'light', dark: 'dark' },
  languages: { label: 'Language', en: 'English', ru: 'Русский' },
  tenant: { label: 'Community' },

  view: {
    label: 'View',
    full: 'Full',
    shareable: 'Shareable',
    shareableNote: 'Shareable view: small groups are not told, lists of persons are closed.',
    leave: 'Back to the full view',
    closed: 'Lists of persons are closed in the shareable view.',
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
    nothing: 'Nothing of this kind yet',
    nothingText: 'The community has data, but none that this report counts.',
    unrecorded: 'Not recorded',
    unrecordedText: 'It took place, but nobody wrote down who was there. That is not zero, so nothing is drawn.',
    suppressed: 'Too few to tell',
    suppressedText: 'Every figure here stands for so few persons that they could be recognised. The shareable view leaves them out.',
    forbidden: 'Not for this key',
    lagging: (n: number) => `${count(n, 'message waits', 'messages wait')} to be stored: figures may be behind.`,
    restarting: 'The warehouse does not answer at the moment; it may be restarting. What is shown may be a little old, and nothing is lost.',
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
    suppressed: 'too few to tell',
    suppressedHint: 'So few persons could be recognised: the shareable view leaves the number out.',
    undefinedHint: 'A share of nothing: what it is a part of is 0.',
    unknown: 'unknown',
    empty: 'none',
    yes: 'yes',
    no: 'no',
quarter: (n: string, year: string) => `Q${n} ${year}`,
    open: (measure: string) => `${measure}: show the definition and the list behind this number`,
  },

  freshness: {
    asOf: (moment: string, zone: string) => `As of ${moment} (${zone})`,
    stored: (ago: string) => `Last event stored ${ago}`,
    never: 'No event stored yet',
    refresh: 'Refresh',
    newer: 'Newer data: refresh',
  },

  filters: {
    label: 'Filters',
    any: 'all',
    clear: 'Clear',
    more: 'More filters',
    set: (n: number) => count(n, 'filter set', 'filters set'),
    find: 'Find',
    several: 'Several: part them with commas',
    period: 'Period',
    allTime: 'All time',
    custom: 'From … to …',
    presets: {
      month: 'This month',
      quarter: 'This quarter',
      year: 'This year',
      'last-year': 'Last year',
      '12-months': 'Last 12 months',
      '24-months': 'Last 24 months',
      '5-years': 'Last 5 years',
    },
    chosen: (n: number) => `${n} chosen`,
  },

  report: {
    definition: 'How this is counted',
    columns: 'What the columns mean',
    chart: 'Chart',
    figure: 'Figure',
    summary: 'Summary table',
    table: 'Table',
    shownAs: 'Shown as',
    all: (n: number) => `Show all ${new Intl.NumberFormat('en-GB').format(n)} rows`,
    rows: (n: number) => count(n, 'row', 'rows'),
    lastOf: (shown: number, all: number) => `The last ${shown} of ${all} are drawn; the table has them all.`,
    chartLabel: (title: string) => `Chart: ${title}. The table has the same figures.`,
    sortHint: 'Press a heading to sort.',
    scroll: (title: string) => `${title}, table; scroll sideways for more columns`,
    same: 'The same as',
    chartFailed: 'The chart could not be loaded; the table has everything.',
    heatCaption: (measure: string, across: string, other: string) =>
      `In each cell: ${measure}${other ? `, with ${other} below` : ''}; across: ${across}. A dashed cell is not over yet. Arrow keys move between cells.`,
  },

  exports: {
    label: 'Export',
    title: (report: string) => `Export ${report}`,
    csv: 'CSV, with definition',
    xlsx: 'Excel workbook',
    json: 'JSON',
    parquet: 'Parquet',
    png: 'Picture (PNG)',
    failed: 'The export did not succeed:',
    filters: 'Filters',
    noFilters: 'none',
    zone: 'Time zone',
    asOf: 'As of',
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
    before: (value: string) => `A year before: ${value}`,
    report: 'The whole report',
  },

  reports: {
    title: 'All reports',
    lead: 'Each report answers one question. Every number in it opens the list of the people or records it counts.',
    other: 'Other',
  },

  status: {
    events: 'Events',
    lastEvent: 'Last event',
  },
}
