import { describe, expect, it } from 'vitest'
import { firstScriptBytes } from '../build/budget'
import type { Column } from '../src/lib/api/types'
import { formatAgo, formatCell, formatDate, formatMoment, formatShare, humanise } from '../src/lib/format'
import { filterValue } from '../src/lib/filters/shown'
import { readReport } from '../src/lib/api/normalise'
import { reportCommand } from '../src/lib/report/command'
import { cutOf, readCut, rowsQuery, withCut } from '../src/lib/report/drill'
import { nextSort, readSort, sortedIndexes, sortText } from '../src/lib/report/sort'
import { latest } from '../src/lib/state/community.svelte'
import { changeQuery, parsePath } from '../src/lib/state/route.svelte'

function column(over: Partial<Column> = {}): Column {
  return { name: 'attended', title: 'Attended', role: 'measure', type: 'integer', unit: 'persons', description: '', drill: true, null_text: '', ratio: [], compares: '', texts: {}, ...over }
}

describe('addresses', () => {
  it.each([
    ['/', { name: 'overview' }],
    ['/reports', { name: 'reports' }],
    ['/reports/', { name: 'reports' }],
    ['/reports/show-up', { name: 'report', report: 'show-up' }],
    ['/reference/attendance.recorded.v1', { name: 'eventType', type: 'attendance.recorded.v1' }],
    ['/reports/%zz', { name: 'report', report: '%zz' }],
    ['/status', { name: 'health' }],
    ['/gatherings/g%2F1', { name: 'gathering', gathering: 'g/1' }],
    ['/reference/reports/show-up', { name: 'reportDefinition', report: 'show-up' }],
    ['/status/x', { name: 'unknown' }],
    ['/reports/a/b', { name: 'unknown' }],
    ['/nowhere', { name: 'unknown' }],
  ])('%s', (path, page) => {
    expect(parsePath(path)).toEqual(page)
  })

  it('changes only what is named, and drops what is emptied', () => {
    const query = new URLSearchParams('tenant=davis&from=2020-01-01&grain=year')
    expect(changeQuery(query, { from: null, grain: 'month' }).toString()).toBe('tenant=davis&grain=month')
    expect(query.get('from')).toBe('2020-01-01')
  })

  it('shows the community with the latest event, and none without events', () => {
    const tenants = [
      { tenant: 'old', events: 9, last_event_at: '2020-01-01T00:00:00Z' },
      { tenant: 'new', events: 2, last_event_at: '2021-01-01T00:00:00Z' },
      { tenant: 'empty', events: 0, last_event_at: null },
    ]
    expect(latest(tenants)).toBe('new')
    expect(latest([])).toBeUndefined()
  })
})

describe('figures as text', () => {
  it('rounds shares from the unrounded value', () => {
    expect(formatShare(14 / 49)).toBe('28.6 %')
    expect(formatCell(14 / 49, column({ unit: 'share', type: 'number' }), 'UTC')).toBe('28.6 %')
    expect(formatCell(0, column({ unit: 'share', type: 'number' }), 'UTC')).toBe('0.0 %')
  })

  it('groups counts, but not years that happen to be numbers', () => {
    expect(formatCell(12345, column(), 'UTC')).toBe('12,345')
    expect(formatCell(2022, column({ role: 'dimension', unit: '' }), 'UTC')).toBe('2022')
  })

  it('keeps a date on its day in every zone, and puts a moment into the community’s', () => {
    expect(formatDate('1905-03-01')).toBe('1 Mar 1905')
    expect(formatCell('2022-05-27', column({ type: 'date', role: 'attribute' }), 'Pacific/Auckland')).toBe('27 May 2022')
    expect(formatMoment('2022-05-27T23:30:00Z', 'Europe/Moscow')).toBe('28 May 2022, 02:30')
    expect(formatMoment('2022-05-27T23:30:00Z', 'Asia/Kathmandu')).toBe('28 May 2022, 05:15')
    expect(formatMoment('2022-05-27T23:30:00Z', 'Nowhere/Nothing')).toBe('27 May 2022, 23:30')
    expect(formatMoment('soon', 'UTC')).toBe('soon')
  })

  it('says machine words as words, but leaves ids alone', () => {
    expect(formatCell('sign_in_sheet', column({ name: 'attendance_basis', role: 'attribute', type: 'string' }), 'UTC')).toBe('sign in sheet')
    expect(formatCell('a_b', column({ name: 'series_id', role: 'attribute', type: 'string' }), 'UTC')).toBe('a_b')
    expect(humanise('attendance_basis')).toBe('Attendance basis')
    expect(humanise('gathering_id')).toBe('Gathering')
  })

  it('tells how long ago', () => {
    const now = Date.parse('2022-06-10T12:00:00Z')
    expect(formatAgo('2022-06-10T11:59:48Z', now)).toBe('12 seconds ago')
    expect(formatAgo('2022-06-10T11:57:00Z', now)).toBe('3 minutes ago')
    expect(formatAgo('2022-06-10T09:00:00Z', now)).toBe('3 hours ago')
    expect(formatAgo('2022-06-01T12:00:00Z', now)).toBe('9 days ago')
  })
})

describe('lists behind numbers', () => {
  const columns = [column({ name: 'gathering_id', role: 'dimension' }), column({ name: 'title', role: 'attribute' }), column()]
  const report = { ...readReport({ report: 'attendance' }, undefined), columns, own: { grain: 'gathering' } }

  it('live in the address, beside the filters', () => {
    const cut = cutOf(report, { gathering_id: 'm & n', title: 'May', attended: 49 }, 'attended')
    const query = withCut(new URLSearchParams('tenant=a&from=2022-01-01&of=old&list=old&at.old=1&with.grain=year'), cut)
    expect(readCut(query)).toEqual({ report: 'attendance', measure: 'attended', at: { gathering_id: 'm & n' }, own: { grain: 'gathering' } })
    expect(query.get('from')).toBe('2022-01-01')
    expect(query.has('at.old')).toBe(false)
    expect(readCut(withCut(query, null))).toBeNull()
  })

  it('need not name the report on its own page', () => {
    const query = withCut(new URLSearchParams(), { report: 'attendance', measure: 'attended', at: {}, own: {} }, 'attendance')
    expect(query.toString()).toBe('list=attended')
    expect(readCut(query, 'attendance')?.report).toBe('attendance')
    expect(readCut(query)).toBeNull()
  })

  it('ask for no value by its own mark, since an empty text is a value', () => {
    const cut = cutOf(report, { gathering_id: null }, 'attended')
    expect(rowsQuery({ tenant: 'a' }, cut, 500)).toEqual({ tenant: 'a', gathering_id: '\\N', measure: 'attended', limit: '500' })
    expect(cutOf(report, { gathering_id: '' }, 'attended').at['gathering_id']).toBe('')
  })
})

describe('filters', () => {
  const parameter = { name: 'grain', title: '', description: '', type: 'enum', values: ['month', 'year'], texts: {}, default: 'month' }

  it('go into the command line that prints the same report', () => {
    expect(reportCommand('lifecycle', { grain: 'year', tenant: 'a', lang: 'en', faculty: "O'Law" })).toBe(
      `turnout report lifecycle --grain year --tenant a --filter 'faculty=O'\\''Law'`,
    )
  })

  it('leave defaults out of the address', () => {
    expect(filterValue(parameter, 'month')).toBeNull()
    expect(filterValue(parameter, ' year ')).toBe('year')
    expect(filterValue(parameter, '')).toBeNull()
  })
})

describe('sorting', () => {
  const rows = [{ n: 2, t: 'b' }, { n: null, t: 'a10' }, { n: 10, t: 'a9' }, { n: 2, t: null }]

  it('puts what is not recorded last either way, and keeps equal rows in order', () => {
    expect(sortedIndexes(rows, { column: 'n', descending: false })).toEqual([0, 3, 2, 1])
    expect(sortedIndexes(rows, { column: 'n', descending: true })).toEqual([2, 0, 3, 1])
    expect(sortedIndexes(rows, { column: 't', descending: false })).toEqual([2, 1, 0, 3])
    expect(sortedIndexes(rows, null)).toEqual([0, 1, 2, 3])
  })

  it('goes round three orders', () => {
    const first = nextSort(null, 'n', true)
    expect(first).toEqual({ column: 'n', descending: true })
    const second = nextSort(first, 'n', true)
    expect(second).toEqual({ column: 'n', descending: false })
    expect(nextSort(second, 'n', true)).toBeNull()
    expect(readSort(new URLSearchParams(`sort=${sortText({ column: 'n', descending: true })}`))).toEqual({ column: 'n', descending: true })
  })
})

describe('script budget', () => {
  it('counts the entries and what they import, and nothing that is loaded later', () => {
    const text = (letter: string) => Array.from({ length: 2000 }, (_, i) => `${letter}${i * 7919}`).join(';')
    const files = {
      'entry.js': { code: text('a'), isEntry: true, imports: ['shared.js'] },
      'shared.js': { code: text('b'), isEntry: false, imports: ['entry.js'] },
      'charts.js': { code: text('c'), isEntry: false, imports: ['shared.js'] },
    }
    const all = firstScriptBytes(files)
    expect(all).toBeGreaterThan(8000)
    expect(firstScriptBytes({ ...files, 'charts.js': { ...files['charts.js'], isEntry: true } })).toBeGreaterThan(all)
    expect(firstScriptBytes({ 'entry.js': { ...files['entry.js'], imports: [] }, 'charts.js': files['charts.js'] })).toBeLessThan(all)
  })
})
