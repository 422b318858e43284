// Every page, light, dark and on a phone: axe finds nothing, nothing is wider than the window, and a picture is kept.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { looks } from '../browser.mjs'

export default function looksOf(site) {
  describe('every page', () => {
    it('is sound in light, in dark and at 390 px: axe, width, console', async () => {
      await site.window(async (window) => {
        const wrong = []
        for (const { name, path } of await site.pages('university')) {
          await window.goto(path)
          for (const look of Object.keys(looks)) {
            await window.look(look)
            wrong.push(...(await window.axe()).map((one) => `${name}, ${look}: ${one}`))
            if ((await window.overflow()) > 0) wrong.push(`${name}, ${look}: wider than the window`)
            await window.picture(`${name}-${look}`)
          }
          await window.look('light')
        }
        assert.deepEqual(wrong, [])
      })
    })

    it('of the seed community, and an open list, are sound as well', async () => {
      await site.window(async (window) => {
        for (const name of ['overview', 'gathering', 'groups', 'health']) {
          const page = (await site.pages('ambassadors')).find((one) => one.name === name)
          await window.goto(page.path)
          assert.deepEqual(await window.axe(), [], name)
          await window.picture(`ambassadors-${name}`)
        }
        await window.goto('/gatherings?tenant=ambassadors')
        for (const look of Object.keys(looks)) {
          await window.page.locator('main a[data-report="attendance"][data-measure="attended"]').first().evaluate((one) => one.click())
          await window.find('dialog [data-total]')
          await window.look(look)
          assert.deepEqual(await window.axe(), [], `list, ${look}`)
          await window.picture(`list-${look}`, false)
          await window.page.keyboard.press('Escape')
          await window.page.waitForSelector('dialog', { state: 'detached' })
        }
      })
    })

    it('that does not exist says so', async () => {
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
  })
}
