/** A small server's worth of answers in the API's own form, for tests and for looking at the page without a program behind it. */

interface Answer {
  status: number
  body: unknown
}

const asOf = '2022-06-10T09:30:00Z'

function column(name: string, role: string, type = 'integer', unit = '', title = '', description = '') {
  return { name, role, type, unit, title: title || name.replaceAll('_', ' ').replace(/^./, (c) => c.toUpperCase()), description }
}

const common = [
  { name: 'tenant', type: 'tenant', title: 'Community', description: 'Whose figures these are.' },
  { name: 'timezone', type: 'timezone', title: 'Time zone', description: 'Where days begin.' },
  { name: 'from', type: 'date', title: 'From', description: 'The first day shown.' },
  { name: 'to', type: 'date', title: 'To', description: 'The last day shown.' },
]

const grain = { name: 'grain', type: 'enum', title: 'Grain', description: 'What one period is.', values: ['month', 'quarter', 'year'], default: 'month' }
const status = { name: 'status', type: 'list', title: 'Status', description: 'Only members of this status.', values: ['candidate', 'ambassador'] }

export const reports = [
  {
    name: 'activity',
    title: 'Activity',
    question: 'What happened in each period?',
    section: 'Overview',
    definition: 'The main figures of a period side by side.',
    parameters: [...common, { ...grain, values: ['year', 'quarter', 'month'], default: 'year' }],
    columns: [
      column('period', 'dimension', 'string'),
      column('gatherings', 'measure', 'integer', 'gatherings'),
      column('attendees', 'measure', 'integer', 'persons'),
      { ...column('first_timer_share', 'measure', 'number', 'share'), ratio: ['first_timers', 'attendees'] },
      column('not_recorded', 'measure', 'integer', 'gatherings'),
      column('unfinished', 'attribute', 'boolean'),
    ],
    chart: { kind: 'line', x: 'period', y: ['attendees'] },
  },
  {
    name: 'attendance',
    title: 'Attendance',
    question: 'How many people came to each gathering, and how many of them were new?',
    section: 'Gatherings',
    definition:
      'Attended is the number of distinct persons recorded as present. It is empty where nobody’s attendance was recorded: not recorded is not zero.\n\nNew members joined after the previous gathering of the series began.',
    parameters: [...common, status, { name: 'chapter', type: 'list', title: 'Chapter', description: 'Only persons of these chapters.' }],
    columns: [
      column('gathering_id', 'dimension', 'string', '', 'Gathering', 'The gathering’s id.'),
      column('title', 'attribute', 'string', '', 'Title', 'What the gathering is called.'),
      column('starts_at', 'attribute', 'datetime', '', 'Start', 'When it began.'),
      column('attendance_basis', 'attribute', 'string', '', 'Basis', 'How attendance was taken.'),
      column('attended', 'measure', 'integer', 'persons', 'Attended', 'Distinct persons recorded as present.'),
      column('new_members', 'measure', 'integer', 'persons', 'New members', 'Joined after the previous gathering of the series began.'),
      column('continuing', 'measure', 'integer', 'persons', 'Continuing', 'Present persons who are not new members.'),
      column('new_share', 'measure', 'number', 'share', 'New', 'New members by attended.'),
      column('unfinished', 'attribute', 'boolean'),
    ],
    chart: { kind: 'stacked', x: 'title', y: ['continuing', 'new_members'] },
  },
  {
    name: 'lifecycle',
    title: 'Lifecycle',
    question: 'Who is new, who stays, who comes back, and who has gone quiet?',
    section: 'People',
    definition: 'Active(t) = new + returning + resurrecting.',
    parameters: [...common, grain],
    columns: [
      column('period', 'dimension', 'string'),
      column('active', 'measure', 'integer', 'persons'),
      column('new', 'measure', 'integer', 'persons'),
      column('returning', 'measure', 'integer', 'persons'),
      column('resurrecting', 'measure', 'integer', 'persons'),
      column('dormant', 'measure', 'integer', 'persons'),
      column('unfinished', 'attribute', 'boolean'),
    ],
    chart: { kind: 'stacked', x: 'period', y: ['new', 'returning', 'resurrecting'], negative: ['dormant'] },
  },
  {
    name: 'retention',
    title: 'Retention',
    question: 'Of those who came for the first time, how many come again?',
    section: 'People',
    definition: 'Bounded: present in period k.',
    parameters: [...common, grain],
    columns: [
      column('cohort', 'dimension', 'string'),
      column('size', 'measure', 'integer', 'persons'),
      column('period', 'dimension', 'integer'),
      column('persons', 'measure', 'integer', 'persons'),
      { ...column('share', 'measure', 'number', 'share'), ratio: ['persons', 'size'] },
      column('unfinished', 'attribute', 'boolean'),
    ],
    chart: { kind: 'heatmap', x: 'period', y: ['cohort', 'share'] },
    pivot: { rows: ['cohort', 'size'], columns: 'period', value: 'share' },
  },
]

const davis = {
  size: [3, 3, 6, 4, 8, 8, 10, 14, 12, 5, 4, 6, 3, 3],
  new: [3, 1, 2, 0, 2, 2, 3, 3, 2, 0, 0, 0, 0, 0],
  returning: [0, 2, 3, 4, 4, 6, 5, 8, 9, 4, 2, 2, 3, 3],
  resurrecting: [0, 0, 1, 0, 2, 0, 2, 3, 1, 1, 2, 4, 0, 0],
  dormant: [0, 1, 0, 2, 0, 2, 3, 2, 5, 8, 3, 2, 3, 0],
}

const meetings = [
  ['m-2022-03', 'First meeting of ambassadors', '2022-03-24T18:00:00+03:00', 'sign_in_sheet', 35, null, null, false],
  ['m-2022-04', 'April meeting', '2022-04-28T18:00:00+03:00', 'not_recorded', null, null, null, false],
  ['m-2022-05', 'Second meeting of ambassadors', '2022-05-27T18:00:00+03:00', 'sign_in_sheet', 49, 14, 35, false],
  ['m-2022-07', 'Summer meeting', '2022-07-15T18:00:00+03:00', 'unstated', null, null, null, true],
] as const

const cohorts = [
  ['2022-01', 40, [40, 22, 15, 12, 9]],
  ['2022-02', 18, [18, 8, 6, 3]],
  ['2022-03', 31, [31, 14, 9]],
] as const

const rows: Record<string, Record<string, unknown>[]> = {
  activity: [
    { period: '2021', gatherings: 8, attendees: 30, first_timer_share: 0.5, not_recorded: 0, unfinished: false },
    { period: '2022', gatherings: 3, gatherings_year_before: 4, attendees: 60, attendees_year_before: 50, first_timer_share: 0.25, first_timer_share_year_before: 0.5, not_recorded: 1, unfinished: true },
  ],
  attendance: meetings.map(([gathering_id, title, starts_at, attendance_basis, attended, new_members, continuing, unfinished]) => ({
    gathering_id,
    title,
    starts_at,
    attendance_basis,
    attended,
    new_members,
    continuing,
    new_share: attended && new_members ? new_members / attended : null,
    unfinished,
  })),
  lifecycle: davis.size.map((active, i) => ({
    period: `${2021 + Math.floor((i + 4) / 12)}-${String(((i + 4) % 12) + 1).padStart(2, '0')}`,
    active,
    new: davis.new[i],
    returning: davis.returning[i],
    resurrecting: davis.resurrecting[i],
    dormant: davis.dormant[i],
    unfinished: i === davis.size.length - 1,
  })),
  retention: cohorts.flatMap(([cohort, size, kept]) =>
    kept.map((persons, period) => ({ cohort, size, period, persons, share: persons / size, unfinished: period === kept.length - 1 })),
  ),
}

function problem(status: number, code: string, title: string, detail: string, hint = ''): Answer {
  return { status, body: { status, code, title, detail, hint } }
}

function result(name: string, query: URLSearchParams): Answer {
  const found = reports.find((one) => one.name === name)
  if (!found) return problem(404, 'unknown_report', 'Unknown report', `There is no report "${name}".`, 'The reports are: activity, attendance, lifecycle, retention.')
  if (query.get('from') === 'nonsense') return problem(400, 'bad_value', 'Bad parameter', '"nonsense" is not a date.', 'Write a day 2024-05-27.')
  const empty = query.get('tenant') === 'empty' || (query.get('from') ?? '') > '2022-12'
  return {
    status: 200,
    body: {
      report: name,
      title: found.title,
      definition: found.definition,
      parameters: { tenant: query.get('tenant'), view: query.get('view') ?? (query.get('tenant') === 'shared' ? 'shareable' : 'full') },
      timezone: 'Europe/Moscow',
      as_of: asOf,
      columns: found.columns.flatMap(({ name, type, unit, description, role }) => [
        { name, type, unit, description },
        ...(query.has('compare') && role === 'measure' ? [{ name: `${name}_year_before`, type, unit, description, compares: name }] : []),
      ]),
      rows: empty ? [] : rows[name],
    },
  }
}

function behind(name: string, query: URLSearchParams): Answer {
  const dimensions = reports.find((one) => one.name === name)?.columns.filter((one) => one.role === 'dimension') ?? []
  const measure = query.get('measure') ?? ''
  const row = rows[name]?.find((one) => dimensions.every(({ name: dimension }) => String(one[dimension]) === query.get(dimension)))
  const value = row?.[measure] ?? null
  const total = typeof value === 'number' && value >= 1 ? value : 0
  return {
    status: 200,
    body: {
      report: name,
      measure,
      value,
      total,
      timezone: 'Europe/Moscow',
      as_of: asOf,
      columns: [
        { name: 'person_id', type: 'string', unit: '', description: '', title: 'Person' },
        { name: 'joined_at', type: 'datetime', unit: '', description: '', title: 'Joined' },
      ],
      rows: Array.from({ length: Math.min(total, Number(query.get('limit') ?? 100)) }, (_, i) => ({
        person_id: `p-${String(i + 1).padStart(3, '0')}`,
        joined_at: i % 9 === 8 ? null : `2022-0${(i % 5) + 1}-1${i % 10}T12:00:00+03:00`,
      })),
    },
  }
}

const types = {
  types: [
    {
      name: 'attendance.recorded.v1',
      title: 'A person was (not) present at a gathering',
      description: 'Recorded at the door, from a sheet, or by the person.',
      key: ['gathering_id', 'person_id'],
      mode: 'experiential',
      fields: [
        { name: 'gathering_id', type: 'string', description: 'The gathering.', required: true },
        { name: 'role', type: 'string', description: 'What the person did there.', required: true, enum: ['participant', 'speaker', 'host'] },
      ],
      examples: [{ gathering_id: 'm-2022-05', person_id: 'p-001', present: true, role: 'participant', method: 'sheet' }],
    },
  ],
}

export const statusBody = {
  version: 'dev',
  durability: 'strict',
  warehouse: { state: 'ok' },
  stream: { messages: 312, bytes: 81_000, lag: 0 },
  stored_last_at: '2022-06-10T09:29:12Z',
  tenants: [
    { tenant: 'ambassadors', events: 152, last_event_at: '2022-06-10T09:29:12Z' },
    { tenant: 'davis', events: 121, last_event_at: '2022-06-10T09:28:00Z' },
  ],
}

/** What the API would answer. */
export function answer(address: string, key = ''): Answer {
  const url = new URL(address, 'http://turnout.test')
  if (url.searchParams.get('tenant') === 'locked' && key !== 'good') return problem(401, 'unauthorised', 'Unauthorised', 'This needs a key.')
  const [, , area, name, sub] = url.pathname.split('/')
  if (url.searchParams.get('tenant') === 'restarting') return problem(503, 'warehouse_unavailable', '', 'The warehouse does not answer.')
  if (area === 'reports' && name === undefined) return { status: 200, body: { reports } }
  if (area === 'reports' && sub === 'rows') return behind(decodeURIComponent(name ?? ''), url.searchParams)
  if (area === 'reports') return result(decodeURIComponent(name ?? ''), url.searchParams)
  if (area === 'values') return { status: 200, body: { values: { faculty: [{ value: 'law', text: 'Law' }], chapter: [{ value: 'ch-1', text: 'Berlin' }] } } }
  if (area === 'schemas') return { status: 200, body: types }
  if (area === 'status') return { status: 200, body: statusBody }
  return problem(404, 'not_found', 'Not found', `Nothing is served at ${url.pathname}.`)
}

/** `fetch` over the fixture; every request is written down. */
export function fixtureFetch(seen: string[] = []): typeof fetch {
  return (input, init) => {
    const address = String(input)
    seen.push(address)
    const key = new Headers(init?.headers).get('authorization')?.replace('Bearer ', '') ?? ''
    const { status, body } = answer(address, key)
    return Promise.resolve(new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } }))
  }
}
