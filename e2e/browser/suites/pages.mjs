// Every page of two communities: each number is the API's and its list is that long; each look is sound and a picture of it is kept.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { looks } from '../browser.mjs'
import { each, faults, isCount, listed, shownNumbers, spoken, Truth } from '../numbers.mjs'

/** How many numbers of a page are pressed; all are compared. */
const pressed = 2
/** The drawer lays out so many rows at first. */
const laidOut = 500
const communities = {
  university: { numbers: 500, looks: ['light', 'dark', 'phone'] },
  ambassadors: { numbers: 100, looks: ['light'] },
}

export default function pages(site) {
  describe('pages', () => {
    for (const [tenant, least] of Object.entries(communities)) {
      it(`of ${tenant}: every number is the API’s and its list that long; light, dark and phone are sound`, async (t) => {
        await site.window(async (window) => {
          const truth = new Truth(site.program, await site.reports())
          const wrong = []
          let compared = 0
          let opened = 0
          for (const { name, path } of await site.pages(tenant)) {
            await window.goto(path)
            compared += await compare(window, name, truth)
            for (const look of least.looks) {
              wrong.push(...(await soundness(window, look)).map((one) => `${name}, ${look}: ${one}`))
              await window.picture(`${tenant}-${name}-${look}`)
            }
            opened += await press(window, name)
          }
          assert.deepEqual(wrong, [])
          t.diagnostic(`${compared} numbers compared, ${truth.lists} lists counted, ${opened} pressed`)
          assert.ok(compared > least.numbers, `only ${compared} numbers were found`)
          assert.ok(opened > 15, `only ${opened} numbers were pressed`)
        })
      })
    }

    it('of every report: the numbers of its table are the API’s', async (t) => {
      await site.window(async (window) => {
        const truth = new Truth(site.program, await site.reports())
        let compared = 0
        for (const { name } of await site.reports()) {
          await window.goto(`/reports/${name}?tenant=davis`)
          compared += await compare(window, name, truth, false)
        }
        t.diagnostic(`${compared} numbers compared`)
        assert.ok(compared > 400, `only ${compared} numbers were found`)
      })
    })

    it('that show an open list are sound in every look', async () => {
      await site.window(async (window) => {
        await window.goto('/gatherings?tenant=ambassadors')
        await window.page.locator('main a[data-report="attendance"][data-measure="attended"]').first().evaluate((one) => one.click())
        await window.find('dialog [data-total]')
        for (const look of Object.keys(looks)) {
          assert.deepEqual(await soundness(window, look), [], look)
          await window.picture(`list-${look}`, false)
        }
      })
    })

    it('that do not exist say so', async () => {
      await site.window(
        async (window) => {
          for (const path of ['/nothing', '/reports/nothing/here', '/reports/no-such-report?tenant=davis', '/members/nobody?tenant=davis']) {
            await window.goto(path)
            assert.deepEqual(await window.axe(), [], path)
          }
        },
        { expected: [/404 \(Not Found\)/] },
      )
    })

    it('on the pipeline’s state have the API’s numbers', async () => {
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

/** Compares what the page shows, and counts lists; tells how many numbers that were. */
async function compare(window, name, truth, counting = true) {
  const found = await shownNumbers(window.page)
  const lists = counting ? listed(found) : new Set()
  const reports = await truth.read(window.answers)
  const wrong = (await each(found, (number) => faults(number, reports, truth, lists.has(number)))).flat()
  assert.deepEqual(wrong.slice(0, 12), [], `${name}: ${wrong.length} of ${found.length} numbers`)
  const unmarked = await window.page.$$eval('a[href*="list="]:not([data-report])', (links) =>
    links.filter((one) => /^[\d.,\s%]+$/.test(one.textContent)).map((one) => one.outerHTML.slice(0, 200)),
  )
  assert.deepEqual(unmarked, [], `${name}: numbers that say not whose they are`)
  return found.length
}

/** What is wrong with how a page looks. */
async function soundness(window, look) {
  await window.look(look)
  const wrong = await window.axe()
  if ((await window.overflow()) > 0) wrong.push('wider than the window')
  return wrong
}

/** Presses some numbers, evenly spread: the drawer opens on the list, and closes with Escape. */
async function press(window, name) {
  await window.look('light')
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
