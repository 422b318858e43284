// Why there is nothing to see, or not the latest: each state is caused for real, looks its own way and passes axe.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { eventually } from '../program.mjs'

const attendance = (tenant, id) =>
  JSON.stringify({
    specversion: '1.0',
    id,
    source: 'urn:example:old-desk',
    type: 'attendance.recorded.v1',
    time: '2026-01-15T18:00:00Z',
    tenant,
    data: { gathering_id: 'g-late', person_id: id, present: true, role: 'participant', method: 'desk' },
  })

export default function states(site) {
  describe('a state of its own', () => {
    const seen = async (window, kind, where = 'main') => {
      await window.find(`${where} [data-situation="${kind}"]`)
      assert.deepEqual(await window.axe(), [], kind)
      await window.picture(`state-${kind}`)
    }

    it('has a community without data: a command that works', async () => {
      await site.window(async (window) => {
        await window.goto('/?tenant=newcomers')
        await seen(window, 'no-data')
        const [, body] = /-d '(.*)'$/s.exec((await window.texts('pre')).join(''))
        const response = await fetch(`${site.program.url}/v1/events`, { method: 'POST', headers: { 'content-type': 'application/cloudevents+json' }, body })
        assert.equal(response.status, 202, await response.text())
        await site.program.stored()
        await window.goto('/?tenant=newcomers')
        await window.find('main [data-report="attendance"][data-measure="attended"][data-value="1"]')
      })
    })

    it('have filters that leave nothing, which are cleared with a button', async () => {
      await site.window(async (window) => {
        await window.goto('/gatherings?tenant=davis&from=2090-01-01')
        await seen(window, 'filtered')
        await window.page.locator('[data-situation="filtered"] :is(a, button)').first().click()
        await window.find('main [data-report="attendance"]')
        assert.equal(new URL(window.page.url()).searchParams.get('from'), null)
      })
    })

    it('has what took place and nobody wrote down', async () => {
      const scheduled = {
        specversion: '1.0',
        id: 'unrecorded-1',
        source: 'urn:example:calendar',
        type: 'gathering.scheduled.v1',
        time: '2026-01-10T10:00:00Z',
        tenant: 'forgetful',
        data: { gathering_id: 'g-1', kind: 'meeting', formality: 'formal', format: 'in_person', starts_at: '2026-01-15T18:00:00Z', ends_at: '2026-01-15T20:00:00Z', title: 'The forgotten meeting' },
      }
      const response = await fetch(`${site.program.url}/v1/events`, { method: 'POST', headers: { 'content-type': 'application/cloudevents+json' }, body: JSON.stringify(scheduled) })
      assert.equal(response.status, 202, await response.text())
      await site.program.stored()
      await site.window(async (window) => {
        await window.goto('/reports/attendance?tenant=forgetful')
        await seen(window, 'unrecorded')
        assert.match((await window.texts('main')).join(' '), /not recorded/i)
        assert.deepEqual(await window.page.$$('main [data-measure="attended"][data-value]'), [], 'not recorded is no number')
      })
    })

    it('has the shareable view: small groups are left out, lists of persons are closed', async () => {
      await site.window(
        async (window) => {
          await window.goto('/gatherings?tenant=davis&view=shareable')
          await window.find('[data-banner="shareable"]')
          const report = await site.program.get('/v1/reports/attendance?tenant=davis&view=shareable')
          assert.ok(report.suppressed.length > 0)
          const small = await window.page.$$eval('main [data-report="attendance"][data-measure="attended"][data-value]', (found) => found.map((one) => Number(one.dataset.value)).filter((n) => n > 0 && n < 5))
          assert.deepEqual(small, [], 'small groups are shown')
          await window.page.locator('main .suppressed, main [data-suppressed]').first().waitFor()
          assert.deepEqual(await window.axe(), [])
          await window.picture('state-shareable')
          await window.goto('/members?tenant=davis&view=shareable')
          await window.find('main [data-situation="forbidden"], main [data-code="not_shareable"]')
          assert.deepEqual(await window.page.$$('main a[href*="/members/p"]'), [])
        },
        { expected: [/403 \(Forbidden\)/] },
      )
    })

    it('has a pipeline that lags: inserts are refused, and nothing is lost', async () => {
      await site.program.stall()
      await site.program.publish(Array.from({ length: 250 }, (_, i) => ['turnout.events.davis.attendance.recorded.v1', attendance('davis', `late-${i}`)]))
      await site.window(async (window) => {
        await window.goto('/health?tenant=davis')
        await window.find('[data-banner="lagging"]')
        assert.deepEqual(await window.axe(), [])
        await window.picture('state-lagging')
        const { stream } = await site.program.get('/v1/status?tenant=davis')
        assert.ok(stream.pending >= 250, `${stream.pending} wait`)
        assert.equal(await window.page.getAttribute('[data-api$="/stream/pending"]', 'data-value'), String(stream.pending))
        await site.program.flow()
        await window.page.waitForSelector('[data-banner="lagging"]', { state: 'detached' })
        await eventually('nothing waiting', async () => (await window.page.getAttribute('[data-api$="/stream/pending"]', 'data-value')) === '0')
      })
    })

    it('has an engine that restarts: the page says so, and goes on by itself', async () => {
      await site.window(
        async (window) => {
          await window.goto('/reports?tenant=davis')
          const killed = await site.program.engine()
          // Held still first, so that the page's questions are under way when it dies.
          process.kill(killed, 'SIGSTOP')
          await window.page.goto(`${site.program.url}/reports/attendance?tenant=davis`)
          process.kill(killed, 'SIGKILL')
          await window.find('[data-code="warehouse_unavailable"]')
          assert.deepEqual(await window.axe(), [])
          await window.picture('state-restarting')
          await window.find('main [data-report="attendance"][data-value]')
          assert.notEqual(await eventually('the new engine', () => site.program.engine()), killed)
        },
        { expected: [/503 \(Service Unavailable\)/] },
      )
      await site.program.stored()
    })

    it('has a program that does not answer', async () => {
      await site.window(
        async (window) => {
          await window.goto('/reports/attendance?tenant=davis')
          await window.page.context().setOffline(true)
          await window.page.locator('.freshness button').click()
          await window.find('main [role="alert"]')
          assert.match((await window.texts('main [role="alert"]')).join(' '), /does not answer/)
          assert.ok((await window.page.$$('main [data-report="attendance"]')).length > 0, 'the last figures stay')
          await window.picture('state-unreachable')
        },
        { expected: [/ERR_INTERNET_DISCONNECTED/] },
      )
    })
  })
}
