// Compares the numbers that a page shows with the API: the figure, its wording, and the list behind it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from './program.mjs'

/** Every number of a report on the page, as the page marks it. */
export function shownNumbers(page) {
  return page.$$eval('[data-report][data-value]', (found) =>
    found.map((one) => {
      const { report, measure, cell, value } = one.dataset
      // A cell of a heat table tells the share large and what it counts, the number itself, small below it.
      const small = one.querySelector('small')?.textContent.trim()
      const whole = one.textContent.trim()
      return {
        report,
        measure,
        cell: JSON.parse(cell),
        value,
        text: small ?? whole,
        share: small === undefined ? null : whole.slice(0, whole.length - small.length).trim(),
        href: one instanceof HTMLAnchorElement ? one.href : null,
      }
    }),
  )
}

/** Measures that count rows or things: their list is as long as the number. Others add up, divide or take a value. */
const counted = new Map()

export function isCount(report, measure) {
  if (!counted.has(report)) {
    const file = readFileSync(join(repository, 'dashboards/reports', `${report}.sql`), 'utf8')
    counted.set(report, new Set([...file.matchAll(/^ {2}(\w+): \{(?:count:|rows: true)/gm)].map((match) => match[1])))
  }
  return counted.get(report).has(measure.replace(/_year_before$/, ''))
}

const key = (cell) => JSON.stringify(Object.entries(cell).toSorted(([a], [b]) => a.localeCompare(b)))
const plain = (value) => (value === null || value === undefined ? '\\N' : String(value))

/** Rows by their cells. Several have the same one where persons do not want to be named. */
function byCell(rows, dimensions) {
  const found = new Map()
  for (const row of rows) {
    const cell = key(Object.fromEntries(dimensions.map((name) => [name, plain(row[name])])))
    found.set(cell, [...(found.get(cell) ?? []), row])
  }
  return found
}

/** What the API says. The data does not change while numbers are compared, so each list is asked for once. */
export class Truth {
  #lists = new Map()

  constructor(program, described) {
    this.program = program
    this.described = new Map(described.map((one) => [one.name, one]))
  }

  /** What the API answered to the page: reports by their addresses, each with its rows by their cells. */
  async read(answers) {
    const found = new Map()
    for (const [address, answer] of answers) {
      const body = await answer
      if (body?.rows) found.set(address, this.#byCell(body))
    }
    return found
  }

  #byCell(body) {
    const described = this.described.get(body.report)
    const dimensions = described.columns.filter((column) => column.role === 'dimension').map((column) => column.name)
    return {
      name: body.report,
      rows: byCell(body.rows, dimensions),
      columns: new Map(body.columns.map((column) => [column.name, column])),
      shares: new Map(described.columns.filter((column) => column.ratio?.length > 0).map((column) => [column.ratio[0], column])),
    }
  }

  /** The list behind a cell: its number and its length. */
  list(address, cell, measure) {
    const url = new URL(address, 'http://page')
    for (const [name, value] of Object.entries({ ...cell, measure, limit: '1' })) url.searchParams.set(name, value)
    const path = `${url.pathname}/rows?${url.searchParams}`
    if (!this.#lists.has(path)) this.#lists.set(path, this.program.get(path))
    return this.#lists.get(path)
  }

  get lists() {
    return this.#lists.size
  }
}

/**
 * The numbers whose lists are counted: of each measure of a page the largest. The list of every cell of every report is counted by the Go
 * tests (TestEveryCellIsItsList); TURNOUT_EVERY_NUMBER counts all lists here, too, which takes many minutes.
 */
export function listed(numbers) {
  if (process.env.TURNOUT_EVERY_NUMBER) return new Set(numbers)
  const groups = new Map()
  for (const one of numbers.filter((number) => number.href)) groups.set(`${one.report}.${one.measure}`, [...(groups.get(`${one.report}.${one.measure}`) ?? []), one])
  return new Set([...groups.values()].map((group) => group.toSorted((a, b) => Number(b.value) - Number(a.value))[0]))
}

/** What is wrong with a number; empty when nothing is. `reports` is what the API told the page. */
export async function faults(number, reports, truth, withList) {
  const where = `${number.report}.${number.measure} ${JSON.stringify(number.cell)} shows ${number.text} (${number.value})`
  const tried = []
  for (const [address, report] of reports) {
    if (report.name !== number.report) continue
    const rows = report.rows.get(key(number.cell)) ?? []
    const row = rows.find((one) => String(one[number.measure]) === number.value)
    const value = row?.[number.measure]
    tried.push(`${rows.map((one) => one[number.measure])} at ${address}`)
    if (value === null || value === undefined) continue
    const share = report.shares.get(number.measure)
    const words = wording(where, number.text, value, report.columns.get(number.measure))
    if (number.share !== null) words.push(...wording(where, number.share, row[share.name], share))
    return [...words, ...linkFaults(where, number), ...(withList ? await listFaults(where, number, value, address, truth) : [])]
  }
  return [`${where}; the API says ${tried.join(', ') || 'nothing of it'}`]
}

function wording(where, text, value, column) {
  const expected = spoken(value, column)
  return expected === null || text.replaceAll('\u00a0', ' ') === expected ? [] : [`${where}; it is to read ${expected}`]
}

/** A number as the page words it in English; null for what is no plain number. */
export function spoken(value, column) {
  if (typeof value !== 'number' || column.type === 'date' || column.type === 'datetime') return null
  const format = (options, n) => new Intl.NumberFormat('en-GB', options).format(n)
  if (column.unit === 'share' || column.unit === 'ratio') return `${format({ minimumFractionDigits: 1, maximumFractionDigits: 1 }, value * 100)} %`
  if (Number.isInteger(value)) return format({}, value)
  return format({ maximumFractionDigits: Math.abs(value) < 10 ? 2 : 1 }, value)
}

/** A number's link opens the list of that very measure and cell. */
function linkFaults(where, number) {
  if (!number.href) return []
  const query = new URL(number.href).searchParams
  const pointed = Object.fromEntries([...query].filter(([name]) => name.startsWith('at.')).map(([name, text]) => [name.slice(3), text]))
  return query.get('list') === number.measure && key(pointed) === key(number.cell) ? [] : [`${where}; its link opens another list: ${number.href}`]
}

async function listFaults(where, number, value, address, truth) {
  const list = await truth.list(address, number.cell, number.measure)
  if (list.value !== value) return [`${where}; its list is of ${list.value}`]
  if (isCount(number.report, number.measure) && list.total !== value) return [`${where}; its list has ${list.total}`]
  return []
}

/** Does the work for all, a few at a time. */
export async function each(all, work, atOnce = 4) {
  const results = []
  let next = 0
  const walk = async () => {
    while (next < all.length) {
      const i = next++
      results[i] = await work(all[i])
    }
  }
  await Promise.all(Array.from({ length: atOnce }, walk))
  return results
}
