import { describe, expect, it } from 'vitest'
import { readReport } from '../src/lib/api/normalise'
import type { Parameter, Report } from '../src/lib/api/types'
import { about, fileName, filtersText } from '../src/lib/export/about'
import { wrap } from '../src/lib/export/picture'
import { bounds, presets, today } from '../src/lib/filters/periods'
import { addressFilters, isNarrowed, reportQuery, unionOf } from '../src/lib/filters/query'
import { shownParameters } from '../src/lib/filters/shown'
import { formatChange, formatPeriod } from '../src/lib/format'
import { absence } from '../src/lib/report/absence'
import { change, lastPeriod } from '../src/lib/report/change'
import { chartModel } from '../src/lib/report/chart'
import { latestRows } from '../src/lib/report/latest'
import { combinations, yearsModel, yearsOf } from '../src/lib/report/modes'
import { curveModel, lastPeriodBars } from '../src/lib/report/people'
import { step } from '../src/lib/report/roving'
import { situation } from '../src/lib/report/situation'
import { firstLanguage, language } from '../src/lib/state/language.svelte'
import { strings } from '../src/lib/strings'
import { en } from '../src/lib/strings/en'
import { ru } from '../src/lib/strings/ru'

function made(columns: object[], rows: Record<string, unknown>[], more: object = {}): Report {
  const described = { name: 'activity', title: 'Activity', parameters: [], columns: columns.map((one) => ({ role: 'measure', type: 'integer', ...one })) }
  const body = { report: 'activity', title: 'Activity', definition: 'How.', timezone: 'Europe/Berlin', as_of: '2026-11-22T23:30:00Z', columns: described.columns, rows, ...more }
  return { ...readReport(body, readReport(described, undefined)), columns: readReport(described, undefined).columns.map((one) => ({ ...one, drill: true })) }
}

describe('periods that move with the calendar', () => {
  const now = new Date('2026-11-30T23:30:00Z')

  it('begin in the community’s zone', () => {
    expect(today(now, 'UTC')).toEqual({ year: 2026, month: 11 })
    expect(today(now, 'Europe/Berlin')).toEqual({ year: 2026, month: 12 })
    expect(today(now, 'Nowhere/Nothing')).toEqual({ year: 2026, month: 11 })
    expect(today(new Date('2026-12-31T12:30:00Z'), 'Pacific/Auckland')).toEqual({ year: 2027, month: 1 })
  })

  it.each([
    ['month', '2026-11', '2026-11'],
    ['quarter', '2026-Q4', '2026-Q4'],
    ['year', '2026', '2026'],
    ['last-year', '2025', '2025'],
    ['12-months', '2025-12', '2026-11'],
    ['24-months', '2024-12', '2026-11'],
    ['5-years', '2022', '2026'],
  ] as const)('%s is %s to %s', (preset, from, to) => {
    expect(bounds(preset, now, 'UTC')).toEqual({ from, to })
  })

  it('go back over the turn of a year', () => {
    expect(bounds('12-months', new Date('2026-01-15T00:00:00Z'), 'UTC')).toEqual({ from: '2025-02', to: '2026-01' })
    expect(bounds('12-months', new Date('2026-12-15T00:00:00Z'), 'UTC')).toEqual({ from: '2026-01', to: '2026-12' })
  })
})

describe('filters of the address', () => {
  const moment = { now: new Date('2026-11-22T12:00:00Z'), timezone: 'UTC' }
  const read = (text: string) => addressFilters(new URLSearchParams(text), moment)

  it('are everything that is not the page’s own', () => {
    expect(read('tenant=a&lang=ru&view=shareable&sort=-x&of=r&list=m&at.d=1&with.grain=year&show.year=2025&grain=year&from=')).toEqual({ grain: 'year' })
  })

  it('turn a preset into days, and let days win over it', () => {
    expect(read('preset=year')).toEqual({ from: '2026', to: '2026' })
    expect(read('preset=nonsense')).toEqual({})
    expect(read('preset=year&from=2024')).toEqual({ from: '2024', to: '2026' })
  })

  it('ask a report only for what it takes; on its own page unknown names are refused aloud', () => {
    const filters = { from: '2026', faculty: 'law', grain: 'year', typo: '1' }
    const taken = new Set(['from', 'grain'])
    expect(reportQuery(filters, { compare: 'year', from: '' }, taken, false)).toEqual({ compare: 'year' })
    expect(reportQuery(filters, {}, taken, true)).toEqual({ from: '2026', grain: 'year', typo: '1' })
    expect(reportQuery(filters, { grain: 'month' }, null, true)).toEqual({ from: '2026', faculty: 'law', grain: 'month', typo: '1' })
  })

  it('narrow, or only show the same otherwise', () => {
    expect(isNarrowed({ faculty: 'law' })).toBe(true)
    expect(isNarrowed({ grain: 'year', timezone: 'UTC', attributes: 'now' })).toBe(false)
  })

  it('are laid out by what the page’s reports take', () => {
    const parameter = (name: string, over: Partial<Parameter> = {}): Parameter => ({ name, title: name, description: '', type: 'list', values: [], texts: {}, default: '', ...over })
    const one = readReport({}, undefined)
    const reports = [
      { ...one, parameters: [parameter('tenant'), parameter('from'), parameter('grain', { type: 'enum', values: ['a', 'b'] }), parameter('kind')] },
      { ...one, parameters: [parameter('from'), parameter('staff'), parameter('by', { type: 'enum', values: ['x'] })] },
      undefined,
    ]
    const shown = shownParameters(unionOf(reports))
    expect(shown.period.map((found) => found.name)).toEqual(['from'])
    expect(shown.grain?.name).toBe('grain')
    expect(shown.first.map((found) => found.name)).toEqual(['kind'])
    expect(shown.more.map((found) => found.name)).toEqual(['staff'])
  })
})

describe('why there is nothing to see', () => {
  const columns = [{ name: 'period', role: 'dimension', type: 'string' }, { name: 'attended' }]
  const around = { narrowed: false, events: 5 }

  it.each([
    ['no data', [], { narrowed: true, events: 0 }, 'no-data'],
    ['filters that exclude everything', [], { narrowed: true, events: 5 }, 'filtered'],
    ['nothing of this kind', [], around, 'nothing'],
    ['nobody wrote it down', [{ period: '2024', attended: null }], around, 'unrecorded'],
    ['not over yet', [{ period: '2024', attended: null, unfinished: true }], around, null],
    ['a zero', [{ period: '2024', attended: 0 }], around, null],
    ['filters that leave only zeros', [{ period: '2024', attended: 0 }, { period: '2025', attended: null }], { narrowed: true, events: 5 }, 'filtered'],
  ])('tells %s', (_, rows, seen, want) => {
    expect(situation(made(columns, rows), seen)).toBe(want)
  })

  it('tells what the shareable view leaves out from what is not recorded', () => {
    const hidden = made(columns, [{ period: '2024', attended: null }], { suppressed: [{ row: 0, column: 'attended', text: 'fewer than 5' }] })
    expect(situation(hidden, around)).toBe('suppressed')
    const two = { ...hidden, rows: [{ period: '2023', attended: 7 }, ...hidden.rows], suppressed: new Map([['1.attended', 'fewer than 5']]) }
    expect(situation(two, around)).toBeNull()
    expect([...latestRows(two, 1).suppressed]).toEqual([['0.attended', 'fewer than 5']])
  })
})

describe('why a number is missing', () => {
  const columns = [
    { name: 'expected' },
    { name: 'shown' },
    { name: 'rate', unit: 'share', ratio: ['shown', 'expected'] },
    { name: 'nps', null_text: 'fewer than 5 responses' },
  ]
  const why = (row: Record<string, unknown>, name: string, more: object = {}) => {
    const report = made(columns, [row], more)
    return absence(report, 0, report.columns.find((one) => one.name === name)!)
  }

  it('is told apart: not recorded, not yet, a share of nothing, a reason of the report, left out', () => {
    expect(why({ expected: 3, shown: 2, rate: 0.67, nps: null }, 'rate')).toBeNull()
    expect(why({ expected: null, shown: null, rate: null, nps: null }, 'rate')).toBe('unrecorded')
    expect(why({ expected: null, shown: 2, rate: null }, 'rate')).toBe('unrecorded')
    expect(why({ expected: 0, shown: 0, rate: null }, 'rate')).toBe('undefined')
    expect(why({ expected: 3, nps: null }, 'nps')).toBe('told')
    expect(why({ expected: null, nps: null }, 'nps')).toBe('unrecorded')
    expect(why({ expected: null, unfinished: true }, 'expected')).toBe('pending')
    expect(why({ expected: null }, 'expected', { suppressed: [{ row: 0, column: 'expected', text: 'fewer than 5' }] })).toBe('suppressed')
  })

  it('is hatched only where nobody wrote it down', () => {
    const report = { ...made(columns, [{ expected: 0, shown: 0, rate: null, nps: null }, { expected: null, shown: null, rate: null, nps: null }]), chart: { kind: 'line', x: 'expected', y: ['rate'], negative: [], total: '' } }
    const model = chartModel(report)
    expect(model?.missing).toEqual([false, true])
    expect(model?.series[0]?.absent).toEqual(['–', 'not recorded'])
  })
})

describe('the year before', () => {
  const columns = [{ name: 'persons' }, { name: 'persons_year_before', compares: 'persons' }, { name: 'share', unit: 'share' }, { name: 'share_year_before', compares: 'share', unit: 'share' }]
  const one = (persons: number | null, before: number | null) => change(made(columns, [{ persons, persons_year_before: before }]), 0, 'persons')

  it('is told in per cent of unrounded values', () => {
    expect(one(187, 172)).toEqual({ direction: 'up', amount: '+8.7 %', before: '172 a year before' })
    expect(one(3, 4)).toMatchObject({ direction: 'down', amount: '−25 %' })
    expect(one(5, 5)).toMatchObject({ direction: 'same', amount: '' })
  })

  it('is no percentage of nothing, and no change from what is not known', () => {
    expect(one(3, 0)).toEqual({ direction: 'up', amount: '', before: '0 a year before' })
    expect(one(3, null)).toMatchObject({ direction: 'none' })
    expect(one(null, 3)).toMatchObject({ direction: 'none' })
    expect(change(made([{ name: 'persons' }], [{ persons: 1 }]), 0, 'persons')).toBeNull()
  })

  it('differs by points where it is a share', () => {
    expect(change(made(columns, [{ share: 0.706, share_year_before: 0.837 }]), 0, 'share')?.amount).toBe('−13.1 points')
    expect(formatChange(-0.052)).toBe('−5.2 %')
  })

  it('is of the last period in which something happened', () => {
    expect(lastPeriod(made(columns, [{ persons: 1 }, { persons: 2 }, { persons: 0 }, { persons: null }]), ['persons'])).toBe(1)
    expect(lastPeriod(made(columns, []), ['persons'])).toBe(-1)
  })
})

describe('the keyboard in a table', () => {
  const filled = [
    [true, false, true],
    [true, false, false],
    [false, false, true],
  ]

  it('goes to the next cell that has a number', () => {
    expect(step(filled, [0, 0], 'ArrowRight')).toEqual([0, 2])
    expect(step(filled, [0, 2], 'ArrowDown')).toEqual([2, 2])
    expect(step(filled, [0, 2], 'Home')).toEqual([0, 0])
    expect(step(filled, [0, 0], 'End')).toEqual([0, 2])
    expect(step(filled, [1, 0], 'ArrowDown')).toBeNull()
    expect(step(filled, [0, 0], 'Enter')).toBeNull()
  })
})

describe('what leaves the page', () => {
  const report = { ...made([{ name: 'n' }], []), tenant: 'uni', asked: { tenant: 'uni', lang: 'en', view: 'shareable', compare: 'year', from: '2026', faculty: 'law' } }

  it('says how it was counted, of whom and when', () => {
    expect(filtersText(report)).toBe('From: 2026; Faculty: law')
    expect(filtersText({ ...report, asked: {} })).toBe('none')
    expect(about(report).lines.at(-1)).toBe('Time zone: Europe/Berlin · As of: 23 Nov 2026, 00:30:00')
    expect(about(report).definition).toBe('How.')
  })

  it('is named after its report, community and day', () => {
    expect(fileName(report, 'csv')).toBe('turnout-uni-activity-shareable-2026-11-23.csv')
    expect(fileName({ ...report, asked: {} }, 'xlsx', 'attended-g/1')).toBe('turnout-uni-activity-attended-g-1-2026-11-23.xlsx')
  })

  it('breaks its text into lines that fit', () => {
    expect(wrap('one two  three', 7, (line) => line.length)).toEqual(['one two', 'three'])
    expect(wrap('unbreakable', 3, (line) => line.length)).toEqual(['unbreakable'])
    expect(wrap('', 3, (line) => line.length)).toEqual([])
  })
})

describe('charts of people', () => {
  it('mark where half is reached', () => {
    const curve = made([{ name: 'rank', role: 'dimension' }, { name: 'share', unit: 'share' }], [{ rank: 1, share: 0.4 }, { rank: 2, share: 0.6 }, { rank: 3, share: 1 }])
    expect(curveModel(curve, 2, 'half')).toMatchObject({ share: true, categories: ['1', '2', '3'], marks: { value: 0.5, category: 1 } })
    expect(curveModel({ ...curve, rows: [] }, null, 'half')).toBeNull()
  })

  it('draw the last period only, and keep its rows for the lists', () => {
    const report = made(
      [{ name: 'period', role: 'dimension', type: 'string' }, { name: 'active_months', role: 'dimension' }, { name: 'persons' }],
      [
        { period: '2025', active_months: 1, persons: 9 },
        { period: '2026', active_months: 1, persons: 4, unfinished: true },
        { period: '2026', active_months: 2, persons: null, unfinished: true },
      ],
    )
    expect(lastPeriodBars('active_months', 'persons')(report)).toMatchObject({ categories: ['1', '2'], unfinished: [true, true], series: [{ values: [4, null], rows: [1, 2] }] })
  })

  const modes = made(
    [{ name: 'period', role: 'dimension', type: 'string' }, { name: 'mode', role: 'dimension', type: 'string' }, { name: 'participation', unit: 'share' }],
    [
      { period: '2025', mode: 'any', participation: 0.2 },
      { period: '2026', mode: 'any', participation: 0.1, unfinished: true },
      { period: '2026', mode: 'volunteer', participation: 0.05, unfinished: true },
    ],
  )

  it('draw a line a mode; a year without a row is a gap', () => {
    const model = yearsModel({ any: 'Any' })(modes)
    expect(yearsOf(modes)).toEqual(['2026', '2025'])
    expect(model?.unfinished).toEqual([false, true])
    expect(model?.series[0]).toMatchObject({ name: 'Any', values: [0.2, 0.1], rows: [0, 1] })
    expect(model?.series[1]).toMatchObject({ values: [null, 0.05], rows: [-1, 2] })
  })

  it('list combinations by size; what is left out is somebody, what is 0 is nobody', () => {
    const overlap = made(
      [{ name: 'period', role: 'dimension' }, { name: 'modes', role: 'dimension' }, { name: 'persons' }],
      [
        { period: '2026', modes: 'volunteer', persons: null },
        { period: '2026', modes: 'volunteer + communication', persons: 7 },
        { period: '2026', modes: 'philanthropic', persons: 0 },
        { period: '2025', modes: 'philanthropic', persons: 3 },
      ],
    )
    const found = combinations(overlap, '2026')
    expect(found.shown.map((one) => [one.row, ...one.modes])).toEqual([[1, 'volunteer', 'communication'], [0, 'volunteer']])
    expect(found.empty).toBe(1)
  })
})

describe('languages', () => {
  it('come from the address, else from the last choice, else from the browser', () => {
    expect(firstLanguage('?lang=ru', 'en', ['en'])).toBe('ru')
    expect(firstLanguage('?lang=xx', 'ru', ['en'])).toBe('ru')
    expect(firstLanguage('', null, ['fr-FR', 'ru-RU', 'en'])).toBe('ru')
    expect(firstLanguage('', null, ['fr'])).toBe('en')
  })

  /** Every text of a language by its path; functions by their number of arguments. */
  function shape(value: unknown, path = ''): string[] {
    if (typeof value === 'function') return [`${path}(${value.length})`]
    if (typeof value !== 'object' || value === null) return [`${path}:${typeof value}`]
    return Object.entries(value).flatMap(([name, one]) => shape(one, `${path}.${name}`))
  }

  it('have the same texts, and Russian ones are Russian', () => {
    const own = (one: typeof en) => shape({ ...one, words: {} })
    expect(own(ru).toSorted()).toEqual(own(en).toSorted())
    const latin = shape2(ru).filter(([path, text]) => /[a-z]{4,}/i.test(text) && !/[а-яё]/i.test(text) && !allowed.test(path))
    expect(latin).toEqual([])
  })

  const allowed = /^\.(language|product|key\.command|languages\.en|exports\.(json|parquet))$|command|example|curl|code/i

  function shape2(value: unknown, path = ''): [string, string][] {
    if (typeof value === 'string') return [[path, value]]
    if (typeof value !== 'object' || value === null) return []
    return Object.entries(value).flatMap(([name, one]) => shape2(one, `${path}.${name}`))
  }

  it('change words, numbers, dates and plurals together', () => {
    try {
      language.choose('ru')
      expect(strings.nav.overview).toBe('Обзор')
      expect([1, 2, 5, 21, 11].map((n) => strings.report.rows(n))).toEqual(['1 строка', '2 строки', '5 строк', '21 строка', '11 строк'])
      expect(formatPeriod('2024-Q2')).toBe('2 кв. 2024')
      expect(formatPeriod('2024-05')).toContain('2024')
      expect(document.documentElement.lang).toBeDefined()
    } finally {
      language.choose('en')
    }
    expect(strings.nav.overview).toBe('Overview')
    expect(formatPeriod('2024-05')).toBe('May 2024')
    expect(presets.every((preset) => ru.filters.presets[preset] !== en.filters.presets[preset])).toBe(true)
  })
})
