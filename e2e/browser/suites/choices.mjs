// What a reader chooses lives in the address, goes along between pages, and survives a reload.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { eventually } from '../program.mjs'

export default function choices(site) {
  const query = (window, name) => new URL(window.page.url()).searchParams.get(name)

  describe('a choice', () => {
    it('of a community; without one, the page goes to a community with data', async () => {
      await site.window(async (window) => {
        await window.goto('/')
        await eventually('the choice of a community', () => query(window, 'tenant'))
        await window.goto('/gatherings?tenant=ambassadors')
        await window.page.selectOption('.picker select', 'davis')
        await eventually('the other community', async () => (await window.page.$$('main a[data-measure="attended"][data-value="14"]')).length > 0)
        assert.equal(query(window, 'tenant'), 'davis')
      })
    })

    it('of a period narrows every page, goes along, and is cleared', async () => {
      await site.window(async (window) => {
        const { page } = window
        await window.goto('/gatherings?tenant=university')
        const gatherings = async (part) => {
          const [, answer] = [...window.answers].findLast(([address]) => address.startsWith('/v1/reports/attendance?') && address.includes(part)) ?? []
          return answer && (await answer).rows.map((row) => row.gathering_id)
        }
        const all = await gatherings('')
        await page.locator('.filters select').first().selectOption('12-months')
        await window.rest()
        assert.equal(query(window, 'preset'), '12-months')
        const narrowed = await eventually('the report of twelve months', () => gatherings('from='))
        assert.ok(narrowed.length > 0 && narrowed.length < all.length, `${narrowed.length} of ${all.length} gatherings`)
        await eventually('the gatherings of these months only', async () => {
          const shown = await page.$$eval('main a[data-report="attendance"][data-measure="attended"]', (found) => found.map((one) => JSON.parse(one.dataset.cell).gathering_id))
          return shown.length > 0 && shown.every((id) => narrowed.includes(id))
        })
        await page.locator('nav').getByRole('link', { name: 'Retention' }).click()
        await window.rest()
        assert.equal(query(window, 'preset'), '12-months')
        assert.ok([...window.answers.keys()].some((one) => one.includes('from=')), 'the report was asked with the period')
        await page.reload()
        await window.rest()
        assert.equal(await page.locator('.filters select').first().inputValue(), '12-months')
      })
    })

    it('of an order and a search among fifteen thousand members', async () => {
      await site.window(async (window) => {
        const { page } = window
        await window.goto('/members?tenant=university')
        const { rows } = await site.program.get('/v1/reports/members?tenant=university')
        assert.ok(rows.length > 10_000, `${rows.length} members`)
        assert.ok((await window.texts('main')).join(' ').includes(rows.length.toLocaleString('en-GB')))
        await page.locator('thead button', { hasText: 'Gatherings' }).click()
        await window.find('th[aria-sort="descending"]')
        // Who does not want to be named has numbers without a list.
        const numbers = 'main tbody [data-measure="gatherings"]'
        const shown = await page.$$eval(numbers, (found) => found.map((one) => Number(one.dataset.value)))
        const largest = rows.map((row) => row.gatherings).toSorted((a, b) => b - a)
        assert.deepEqual(shown, largest.slice(0, shown.length))
        await page.getByRole('button', { name: 'Next' }).click()
        await eventually('the second page', async () => (await page.$$eval(numbers, (found) => Number(found[0].dataset.value))) === largest[shown.length])
        const someone = rows.slice(Math.floor(rows.length / 2)).find((row) => row.person_id !== '(withheld)').person_id
        await page.getByRole('searchbox').fill(someone)
        await eventually('one person', async () => (await page.$$('main tbody tr')).length === 1)
        await page.locator('main tbody th a').click()
        await window.rest()
        assert.equal(await page.textContent('h1'), someone)
      })
    })

    it('of Russian: words, numbers, reports, and it is kept', async () => {
      await site.window(async (window) => {
        const { page } = window
        await window.goto('/careers?tenant=university')
        await page.getByRole('button', { name: 'Русский' }).click()
        await eventually('Russian', async () => (await page.textContent('h1')) === 'Карьера')
        await window.rest()
        assert.equal(await page.getAttribute('html', 'lang'), 'ru')
        const text = (await window.texts('main')).join(' ')
        const english = text.match(/\b(?!NACE|NPS|CSV|XLSX|JSON|PNG|Europe|Berlin|Turnout|Q\d)[A-Za-z]{4,}\b/g)?.filter((word) => word !== 'university')
        assert.deepEqual([...new Set(english ?? [])], [], 'English words are left')
        assert.ok([...window.answers.keys()].some((one) => one.includes('lang=ru')))
        assert.deepEqual(await window.axe(), [])
        await window.picture('careers-ru')
        for (const [path, heading] of [['/', 'Обзор'], ['/health', 'Состояние данных'], ['/members', 'Члены сообщества'], ['/groups', 'Группы и инициативы']]) {
          await window.goto(`${path}?tenant=university&lang=ru`)
          assert.equal(await page.textContent('h1'), heading)
          await window.picture(`${path.slice(1) || 'overview'}-ru`)
        }
        await page.goto(`${site.program.url}/live?tenant=university`)
        await eventually('the kept language', async () => (await page.textContent('h1')) === 'Прямой поток')
      })
    })

    it('of colours, kept over a reload', async () => {
      await site.window(async (window) => {
        await window.goto('/reports?tenant=davis')
        const ground = () => window.page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
        const light = await ground()
        await window.page.click('.theme')
        await window.page.click('.theme')
        const dark = await ground()
        assert.notEqual(dark, light)
        await window.page.reload()
        assert.equal(await ground(), dark)
      })
    })

    it('that the API refuses is told in the page, with a way out', async () => {
      await site.window(
        async (window) => {
          await window.goto('/reports/attendance?tenant=davis&from=nonsense')
          assert.match((await window.texts('main [role="alert"]')).join(' '), /nonsense/)
          assert.deepEqual(await window.axe(), [])
          await window.page.locator('.ways :is(a, button)').first().click()
          await window.find('main [data-report="attendance"]')
          assert.equal(new URL(window.page.url()).search, '?tenant=davis')
        },
        { expected: [/400 \(Bad Request\)/] },
      )
    })
  })
}
