// Every number on every page is the API's, is worded as it should be, and its list is as long as it says.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { each, faults, isCount, listed, shownNumbers, spoken, Truth } from '../numbers.mjs'

/** How many numbers of a page are pressed; all are compared. */
const pressed = 4
/** The drawer lays out so many rows at first. */
const laidOut = 500

export default function numbers(site) {
  describe('every number', () => {
    for (const tenant of ['university', 'ambassadors']) {
      it(`of every page is the API’s, and its list is that long: ${tenant}`, async (t) => {
        await site.window(async (window) => {
          const truth = new Truth(site.program, await site.reports())
          let compared = 0
          let opened = 0
          for (const { name, path } of await site.pages(tenant)) {
            await window.goto(path)
            compared += await compare(window, name, truth)
            opened += await press(window, name)
          }
          t.diagnostic(`${compared} numbers compared, ${truth.lists} lists counted, ${opened} pressed`)
          assert.ok(compared > (tenant === 'university' ? 500 : 100), `only ${compared} numbers were found`)
          assert.ok(opened > 40, `only ${opened} numbers were pressed`)
        })
      })
    }

    it('of every report’s own page, in its table, is the API’s: davis', async (t) => {
      await site.window(async (window) => {
        const truth = new Truth(site.program, await site.reports())
        let compared = 0
        for (const { name } of await site.reports()) {
          await window.goto(`/reports/${name}?tenant=davis`)
          compared += await compare(window, name, truth)
        }
        t.diagnostic(`${compared} numbers compared, ${truth.lists} lists counted`)
        assert.ok(compared > 400, `only ${compared} numbers were found`)
      })
    })

    it('of the pipeline’s state is the API’s', async () => {
      await site.window(async (window) => {
        await window.goto('/health?tenant=university')
        const status = await site.program.get('/v1/status?tenant=university')
        const shown = await window.page.$$eval('[data-api]', (found) => found.map((one) => [one.dataset.api, one.dataset.value, one.textContent]))
        assert.ok(shown.length >= 4, `${shown.length} numbers`)
        for (const [address, value, text] of shown) {
          const expected = address.split('#/')[1].split('/').reduce((part, name) => part[name], status)
          assert.deepEqual([value, text], [String(expected), spoken(expected, {})], address)
        }
        const sums = Object.fromEntries(await window.page.$$eval('[data-sum]', (found) => found.map((one) => [one.dataset.sum, Number(one.textContent.replaceAll(',', ''))])))
        const by = (name) => status.reconciliation.reduce((sum, row) => sum + row[name], 0)
        assert.deepEqual(sums, { received: by('received'), stored: by('stored'), duplicates: by('duplicates'), dead_letters: by('dead_letters') })
        assert.equal(sums.received, sums.stored + sums.duplicates + sums.dead_letters)
        assert.ok(sums.duplicates > 0)
      })
    })
  })
}

/** Compares what the page shows; tells how many numbers that were. */
async function compare(window, name, truth) {
  const found = await shownNumbers(window.page)
  const lists = listed(found)
  const wrong = (await each(found, (number) => faults(number, window.asked, truth, lists.has(number)))).flat()
  assert.deepEqual(wrong.slice(0, 12), [], `${name}: ${wrong.length} of ${found.length} numbers`)
  const unmarked = await window.page.$$eval('a[href*="list="]:not([data-report])', (links) => links.map((one) => one.outerHTML.slice(0, 200)))
  assert.deepEqual(unmarked, [], `${name}: numbers that say not whose they are`)
  return found.length
}

/** Presses some numbers, evenly spread: the drawer opens on the list, and closes with Escape. */
async function press(window, name) {
  const links = await window.page.$$('main a[data-report]')
  const step = Math.max(1, Math.ceil(links.length / pressed))
  const chosen = links.filter((_, i) => i % step === 0)
  for (const link of chosen) {
    const { report, measure, value } = await link.evaluate((one) => ({ ...one.dataset }))
    const where = `${name}: ${report}.${measure} = ${value}`
    await link.evaluate((one) => one.click())
    await window.find('dialog [data-total], dialog [role="alert"]')
    assert.deepEqual(await window.texts('dialog [role="alert"]'), [], where)
    const total = Number(await window.page.getAttribute('dialog [data-total]', 'data-total'))
    if (isCount(report, measure)) {
      assert.equal(total, Number(value), where)
      assert.equal((await window.page.$$('dialog tbody tr')).length, Math.min(total, laidOut), where)
    }
    await window.page.keyboard.press('Escape')
    await window.page.waitForSelector('dialog', { state: 'detached' })
  }
  return chosen.length
}
