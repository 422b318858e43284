// Live and data health: events are seen arriving, dead letters are read, corrected, sent again and discarded.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { eventually } from '../program.mjs'

const event = (id, role) =>
  JSON.stringify({
    specversion: '1.0',
    id,
    source: 'urn:example:old-desk',
    type: 'attendance.recorded.v1',
    time: '2026-02-15T18:00:00Z',
    subject: id,
    tenant: 'desk',
    data: { gathering_id: 'g-desk', person_id: `person-${id}`, present: true, role, method: 'desk' },
  })
const subject = 'turnout.events.desk.attendance.recorded.v1'

export default function live(site) {
  const send = (...events) => site.program.publish(events.map((text) => [subject, text]))

  describe('live', () => {
    it('shows events as they are stored, counts them, and stops at a pause', async () => {
      await site.window(async (window) => {
        const { page } = window
        await window.goto('/live?tenant=desk')
        await window.find('.state.open')
        await window.find('text=Listening')
        await send(...Array.from({ length: 12 }, (_, i) => event(`live-${i}`, 'participant')))
        await eventually('the events in the feed', async () => (await window.texts('.feed li')).filter((line) => line.includes('attendance.recorded.v1')).length === 12)
        assert.ok((await window.texts('.feed li')).some((line) => line.includes('live-3') && line.includes('urn:example:old-desk')))
        assert.deepEqual(await window.texts('.figures b'), ['12', '12'])
        assert.deepEqual(await window.texts('.columns tbody td'), ['12'])
        assert.deepEqual(await window.axe(), [])
        await window.picture('live-arriving')

        await page.getByRole('button', { name: 'Pause' }).click()
        await send(event('live-paused', 'host'))
        await window.find('text=1 event arrived since the pause')
        assert.equal((await window.texts('.feed li')).length, 12)
        await page.getByRole('button', { name: 'Go on' }).click()
        await eventually('the paused event', async () => (await window.texts('.feed li')).length === 13)
      })
    })

    it('connects again after the connection is lost', async () => {
      await site.window(
        async (window) => {
          await window.goto('/live?tenant=desk')
          await window.find('.state.open')
          await window.page.evaluate(() => {
            globalThis.kept = globalThis.fetch
          })
          await window.page.context().setOffline(true)
          // Chromium keeps an open stream when it goes offline: leaving and coming back makes a new connection, which fails.
          await window.page.locator('nav a[href^="/reference"]').click()
          await window.page.locator('nav a[href^="/live"]').click()
          await window.find('.state.lost')
          await window.page.context().setOffline(false)
          await window.find('.state.open')
          await send(event('live-again', 'participant'))
          await window.find('.feed li')
        },
        { expected: [/ERR_INTERNET_DISCONNECTED/, /Failed to fetch dynamically/] },
      )
    })
  })

  describe('dead letters', () => {
    const open = async () => (await site.program.get('/v1/deadletters?tenant=desk')).deadletters

    it('are shown with their reason and their bytes, tried, corrected and sent again', async () => {
      await send(event('letter-1', 'boss'))
      await eventually('the dead letter', async () => (await open()).length === 1)
      await site.window(async (window) => {
        const { page } = window
        await window.goto('/health?tenant=desk')
        assert.match((await window.texts('.letters li')).join(' '), /boss/)
        await page.getByRole('button', { name: /^Show/ }).click()
        await window.find('.letter pre')
        assert.deepEqual(JSON.parse((await window.texts('.letter pre')).join('')), JSON.parse(event('letter-1', 'boss')))
        assert.deepEqual(await window.axe(), [])
        await window.picture('health-letter')
        await page.getByRole('button', { name: 'Try without sending' }).click()
        await window.find('.verdict:has-text("Still refused")')
        await page.getByLabel('Member', { exact: true }).fill('data.role')
        await page.getByLabel('New value').fill('host')
        await page.getByRole('button', { name: 'Try without sending' }).click()
        await window.find('.verdict:has-text("It would be accepted now")')
        assert.equal((await open()).length, 1)
        await page.getByRole('button', { name: 'Replay', exact: true }).click()
        await window.find('.said:has-text("sent again")')
        await window.find('text=there are no dead letters')
      })
      await eventually('the corrected event', async () => (await site.program.get('/v1/reports/attendance?tenant=desk')).rows[0]?.attended >= 1)
      assert.deepEqual(await open(), [])
    })

    it('are discarded only after a question, and all sent again only after one', async () => {
      await send(event('letter-2', 'boss'), event('letter-3', 'boss'))
      await eventually('the dead letters', async () => (await open()).length === 2)
      await site.window(async (window) => {
        const { page } = window
        await window.goto('/health?tenant=desk')
        await page.getByRole('button', { name: /^Show/ }).first().click()
        await page.getByRole('button', { name: 'Discard…' }).click()
        await window.find('dialog[open]')
        assert.deepEqual(await window.axe(), [])
        await page.keyboard.press('Escape')
        await page.waitForSelector('dialog', { state: 'detached' })
        assert.equal((await open()).length, 2, 'Escape is no')
        await page.getByRole('button', { name: 'Discard…' }).click()
        await page.getByRole('button', { name: 'Discard it' }).click()
        await window.find('.said:has-text("discarded")')
        assert.equal((await open()).length, 1)

        await send(event('letter-4', 'boss'))
        await eventually('another dead letter', async () => (await open()).length === 2)
        await window.goto('/health?tenant=desk')
        await page.getByRole('button', { name: /^Replay all/ }).click()
        await page.getByRole('button', { name: 'Send again' }).click()
        await window.find('.said:has-text("2 stay")')
        assert.equal((await open()).length, 2, 'what is still wrong stays')
      })
    })
  })
}
