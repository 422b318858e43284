// With keys the page asks for one, and shows what the key may see. This closes the doors: it comes last.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { eventually } from '../program.mjs'

export default function keys(site) {
  describe('keys', () => {
    it('are asked for, refused, accepted, and show one community only; live works with them', async () => {
      const { program } = site
      const key = (await program.command('keys', 'create', '--data', program.data, '--tenant', 'davis', '--scope', 'read')).match(/\btk_\w+|[\w-]{24,}/)[0]
      await eventually('keys being required', async () => (await fetch(`${program.url}/v1/status`)).status === 401)
      await site.window(
        async (window) => {
          const { page } = window
          await window.goto('/gatherings?tenant=davis')
          await window.find('input[type="password"]')
          assert.deepEqual(await window.axe(), [])
          await window.picture('key')
          await page.fill('input[type="password"]', 'not-a-key')
          await page.keyboard.press('Enter')
          await window.find('[role="alert"]')
          await page.fill('input[type="password"]', key)
          await page.keyboard.press('Enter')
          await window.find('main [data-report="attendance"]')
          assert.ok(!page.url().includes(key), 'the key is not in the address')
          assert.deepEqual(await window.texts('.picker option'), ['davis'])
          await window.goto('/live?tenant=davis')
          await window.find('.state.open')
          await window.goto('/gatherings?tenant=ambassadors')
          await window.find('main [role="alert"]')
          assert.deepEqual(await page.$$('main [data-report]'), [])
          await window.picture('forbidden')
        },
        { expected: [/40[13] \((Unauthorized|Forbidden)\)/] },
      )
    })
  })
}
