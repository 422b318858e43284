// Everything is reached and left with the keyboard, and the focus is never lost.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { eventually } from '../program.mjs'

export default function keyboard(site) {
  const focused = (window, read = (one) => one.textContent.trim()) => window.page.evaluate(`(${read})(document.activeElement)`)

  describe('keyboard', () => {
    it('skips to the content, opens a list with Enter, leaves it with Escape, and comes back to the number', async () => {
      await site.window(async (window) => {
        const { page } = window
        await window.goto('/gatherings?tenant=ambassadors')
        await page.keyboard.press('Tab')
        assert.equal(await focused(window), 'Skip to the content')
        await page.keyboard.press('Enter')
        assert.equal(await focused(window, (one) => one.id), 'content')
        const number = page.locator('main a[data-report="attendance"][data-measure="attended"]').first()
        await number.focus()
        await page.keyboard.press('Enter')
        await window.find('dialog [data-total]')
        assert.equal(await focused(window, (one) => one.closest('dialog') !== null), true)
        await page.keyboard.press('Escape')
        await page.waitForSelector('dialog', { state: 'detached' })
        assert.equal(await number.evaluate((one) => one === document.activeElement), true)
      })
    })

    it('walks a page in the order in which it is read, and sees where it is', async () => {
      await site.window(async (window) => {
        const { page } = window
        for (const path of ['/careers', '/health', '/members']) {
          await window.goto(`${path}?tenant=ambassadors`)
          const places = []
          for (let i = 0; i < 40; i++) {
            await page.keyboard.press('Tab')
            const place = await page.evaluate(() => {
              const one = document.activeElement
              if (!one || one === document.body) return null
              const { top, left, width, height } = one.getBoundingClientRect()
              const { outlineStyle } = getComputedStyle(one)
              return { tag: one.tagName, rail: one.closest('main') === null, y: top + scrollY, x: left, seen: width > 0 && height > 0, ring: outlineStyle !== 'none' || one.matches('select, input') }
            })
            if (place === null) break
            places.push(place)
          }
          assert.ok(places.length > 12, `${path}: ${places.length} stops`)
          assert.deepEqual(places.filter((one) => !one.seen || !one.ring), [], `${path}: stops that cannot be seen`)
          const main = places.findIndex((one) => !one.rail)
          assert.ok(main > 0 && places.slice(main).every((one) => !one.rail), `${path}: the navigation comes first, and once`)
        }
      })
    })

    it('sorts with Enter, and says so to screen readers', async () => {
      await site.window(async (window) => {
        await window.goto('/reports/lifecycle?tenant=davis&grain=gathering')
        await window.page.locator('section[aria-label="Table"] thead button', { hasText: 'Active' }).first().press('Enter')
        await window.find('section[aria-label="Table"] th[aria-sort="descending"]')
        const active = await window.texts('section[aria-label="Table"] td[data-column="active"]')
        assert.deepEqual(active, active.toSorted((a, b) => Number(b) - Number(a)))
        assert.equal(active[0], '14')
      })
    })

    it('opens a menu and leaves it with Escape; opens a definition', async () => {
      await site.window(async (window) => {
        const { page } = window
        await window.goto('/careers?tenant=university')
        const menu = page.getByRole('button', { name: /^Export/ }).first()
        await menu.focus()
        await page.keyboard.press('Enter')
        assert.equal(await menu.getAttribute('aria-expanded'), 'true')
        await page.keyboard.press('Tab')
        await page.keyboard.press('Escape')
        assert.equal(await menu.getAttribute('aria-expanded'), 'false')
        assert.equal(await menu.evaluate((one) => one === document.activeElement), true)
        const definition = page.locator('details.definition summary').first()
        await definition.focus()
        await page.keyboard.press('Enter')
        assert.match((await window.texts('details.definition[open]')).join(' '), /case/i)
      })
    })

    it('moves to the heading of a page that was gone to', async () => {
      await site.window(async (window) => {
        await window.goto('/reference?tenant=davis')
        // The link that was clicked has the same words as the heading, and the focus until the page is there.
        const heading = () => focused(window, (one) => (one.tagName === 'H1' ? one.textContent.trim() : ''))
        await window.page.locator('nav a[href^="/live"]').click()
        await eventually('the heading', async () => (await heading()) === 'Live')
        await window.page.goBack()
        await eventually('the page before', async () => (await heading()) === 'Reference')
      })
    })
  })
}
