// What leaves the page: files are downloaded and read back, a picture is a picture, and paper has what a director needs.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { results } from '../browser.mjs'

const address = '/gatherings?tenant=davis'

export default function exports_(site) {
  /** Presses a choice of an export menu; gives the file's name and bytes. */
  async function take(window, scope, choice) {
    await scope.getByRole('button', { name: /^Export/ }).first().click()
    const [download] = await Promise.all([window.page.waitForEvent('download'), scope.getByRole('button', { name: choice }).first().click()])
    return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) }
  }

  describe('exports', () => {
    it('have the page’s figures, and how they were counted, of whom, when', async () => {
      await site.window(async (window) => {
        await window.goto(address)
        const main = window.page.locator('main')
        const { rows } = await site.program.get('/v1/reports/attendance?tenant=davis')

        const csv = await take(window, main, /CSV/)
        assert.match(csv.name, /^turnout-davis-attendance-\d{4}-\d\d-\d\d\.csv$/)
        const lines = csv.bytes.toString('utf8').replace(/^\ufeff/, '').trimEnd().split(/\r?\n/)
        const about = lines.filter((line) => line.startsWith('#')).join('\n')
        for (const word of ['Attendance', 'UTC', String(new Date().getFullYear())]) assert.ok(about.includes(word), `${word} is not in:\n${about}`)
        const [head, ...body] = lines.filter((line) => !line.startsWith('#'))
        const column = head.split(',').indexOf('attended')
        assert.deepEqual(body.map((line) => Number(line.split(',')[column])), rows.map((row) => row.attended))

        const json = await take(window, main, /JSON/)
        assert.deepEqual(JSON.parse(json.bytes.toString('utf8')).rows, rows)

        const xlsx = await take(window, main, /XLSX|Excel/)
        assert.match(xlsx.name, /\.xlsx$/)
        assert.equal(xlsx.bytes.subarray(0, 4).toString('latin1'), 'PK\u0003\u0004')
        assert.ok(xlsx.bytes.includes('xl/worksheets/sheet2.xml'), 'there is no second sheet About')

        const parquet = await take(window, main, /Parquet/)
        assert.equal(parquet.bytes.subarray(0, 4).toString('latin1') + parquet.bytes.subarray(-4).toString('latin1'), 'PAR1PAR1')
      })
    })

    it('of a chart are a picture with words around it', async () => {
      await site.window(async (window) => {
        await window.goto('/reports/lifecycle?tenant=davis')
        const canvas = await window.page.locator('[data-drawn] canvas').first().boundingBox()
        const png = await take(window, window.page.locator('section.panel').first(), /PNG|picture/i)
        assert.match(png.name, /\.png$/)
        assert.equal(png.bytes.subarray(1, 4).toString('latin1'), 'PNG')
        const [width, height] = [png.bytes.readUInt32BE(16), png.bytes.readUInt32BE(20)]
        assert.ok(width > canvas.width && height > canvas.height + 100, `${width} × ${height} has no room for the words`)
      })
    })

    it('of the list behind a number have that many rows', async () => {
      await site.window(async (window) => {
        await window.goto(address)
        await window.page.locator('main a[data-report="attendance"][data-measure="attended"][data-value="14"]').first().click()
        await window.find('dialog [data-total]')
        const csv = await take(window, window.page.locator('dialog'), /CSV/)
        const lines = csv.bytes.toString('utf8').trimEnd().split(/\r?\n/).filter((line) => !line.startsWith('#'))
        assert.equal(lines.length - 1, 14)
      })
    })

    it('on paper are the overview without its controls, with filters, zone and time', async () => {
      await site.window(async (window) => {
        await window.goto('/?tenant=university')
        await window.page.emulateMedia({ media: 'print' })
        const shown = (selector) => window.page.$$eval(selector, (found) => found.filter((one) => one.getClientRects().length > 0).length)
        assert.equal(await shown('nav'), 0)
        assert.equal(await shown('main .filters'), 0)
        assert.ok((await shown('main [data-report]')) > 5)
        const text = (await window.page.evaluate(() => document.querySelector('main').innerText)).replaceAll('\u00a0', ' ')
        assert.match(text, /Filters:/)
        assert.match(text, /As of .*\(.+\)/)
        const pdf = await window.page.pdf({ path: join(results, 'overview.pdf'), format: 'A4' })
        const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length
        assert.equal(pages, 1, 'the director’s summary is one page')
      })
    })
  })
}
