// What all parts of the suite share: one program with its data, and one browser.
import assert from 'node:assert/strict'
import { launch, Window } from './browser.mjs'
import { Program } from './program.mjs'

export class Site {
  async start() {
    this.program = await Program.start()
    await this.program.load('ambassador-meeting', 'davis')
    await this.program.simulate('university', 2)
    await this.program.stored()
    this.browser = await launch()
  }

  async stop() {
    await this.browser?.close()
    await this.program?.stop()
  }

  /** Opens a window for the work, and afterwards asserts that nothing untoward was seen but what is expected. */
  async window(work, { expected = [], ...options } = {}) {
    const window = await Window.open(this.browser, this.program.url, options)
    try {
      const result = await work(window)
      assert.deepEqual(window.complaints.filter((one) => !expected.some((pattern) => pattern.test(one))), [])
      return result
    } finally {
      await window.close()
    }
  }

  /** The reports as they describe themselves. */
  async reports() {
    this.described ??= (await this.program.get('/v1/reports')).reports
    return this.described
  }

  /** Every page of a community that has data, by name. */
  async pages(tenant) {
    const { rows: gatherings } = await this.program.get(`/v1/reports/attendance?tenant=${tenant}`)
    const { rows: members } = await this.program.get(`/v1/reports/members?tenant=${tenant}`)
    const recorded = gatherings.findLast((row) => row.attended !== null)
    const busiest = members.toSorted((a, b) => b.gatherings - a.gatherings)[0]
    const paths = {
      overview: '/',
      gatherings: '/gatherings',
      gathering: `/gatherings/${encodeURIComponent(recorded.gathering_id)}`,
      retention: '/retention',
      engagement: '/engagement',
      careers: '/careers',
      groups: '/groups',
      members: '/members',
      'win-back': '/members?show=win-back',
      ambassadors: '/members?show=ambassadors',
      giving: '/members?show=giving',
      answers: '/members?show=answers',
      member: `/members/${encodeURIComponent(busiest.person_id)}`,
      health: '/health',
      live: '/live',
      reports: '/reports',
      report: '/reports/show-up',
      reference: '/reference',
      'event-type': '/reference/attendance.recorded.v1',
      definition: '/reference/reports/career-funnel',
    }
    return Object.entries(paths).map(([name, path]) => ({ name, path: `${path}${path.includes('?') ? '&' : '?'}tenant=${tenant}` }))
  }
}
