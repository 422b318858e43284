import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { launch, results, views, Window } from './browser.mjs'
import { eventually, Program } from './program.mjs'

const scriptBudget = 150_000
/** Measures whose number adds something up: their list is what was added, not that many rows. */
const sums = new Set(['absence-factor.contributions'])

let program
let browser

before(async () => {
  program = await Program.start()
  await program.load('ambassador-meeting', 'davis')
  browser = await launch()
})

after(async () => {
  await browser?.close()
  await program?.stop()
})

/** Opens a window for the test, and afterwards asserts that nothing untoward was seen. */
async function inWindow(work, view = views.light, expected = []) {
  const window = await Window.open(browser, program.url, view)
  try {
    await work(window)
    const unexpected = window.complaints.filter((one) => !expected.some((pattern) => pattern.test(one)))
    assert.deepEqual(unexpected, [])
  } finally {
    await window.close()
  }
}

const spoken = (value) => new Intl.NumberFormat('en-GB').format(value)

describe('overview', () => {
  it('shows the API’s figures of the latest gathering', async () => {
    const report = await program.get('/v1/reports/attendance?tenant=ambassadors')
    const past = report.rows.filter((row) => new Date(row.starts_at) <= new Date(report.as_of) && row.attended !== null)
    const latest = past.toSorted((a, b) => new Date(b.starts_at) - new Date(a.starts_at))[0]
    assert.deepEqual([latest.attended, latest.new_members, latest.continuing], [49, 14, 35])
    await inWindow(async (window) => {
      await window.goto('/?tenant=ambassadors')
      assert.deepEqual(await window.texts('.kpi b'), ['49', '14', '35'])
      assert.match((await window.texts('main')).join(' '), /28\.6 %/)
      await window.page.click('a[data-measure="new_members"]')
      await window.find('dialog [data-total]')
      assert.equal((await window.texts('dialog tbody tr')).length, 14)
    })
  })

  it('goes to a community with data when the address names none', async () => {
    await inWindow(async (window) => {
      await window.goto('/')
      await eventually('the choice of a community', () => /tenant=(ambassadors|davis)/.test(window.page.url()))
      await window.rest()
      assert.equal((await window.texts('.kpi b')).length > 0, true)
    })
  })

  it('without data shows a command that works', async () => {
    await inWindow(async (window) => {
      await window.goto('/?tenant=newcomers')
      await window.find('pre')
      const command = (await window.texts('pre')).join('')
      const [, body] = /-d '(.*)'$/s.exec(command)
      const response = await fetch(`${program.url}/v1/events`, { method: 'POST', headers: { 'content-type': 'application/cloudevents+json' }, body })
      assert.equal(response.status, 202, await response.text())
      await eventually('the first event in the page', async () => {
        await window.goto('/?tenant=newcomers')
        return (await window.texts('.kpi b'))[0] === '1'
      }, 10_000)
    })
  })
})

describe('every number opens a list of exactly that many', async () => {
  for (const tenant of ['ambassadors', 'davis']) {
    it(tenant, async () => {
      const { reports } = await program.get('/v1/reports')
      let opened = 0
      for (const { name } of reports) {
        await inWindow(async (window) => {
          await window.goto(`/reports/${name}?tenant=${tenant}`)
          const report = await program.get(`/v1/reports/${name}?tenant=${tenant}`)
          const described = reports.find((one) => one.name === name)
          opened += await openAll(window, report, described)
        })
      }
      assert.ok(opened >= 30, `only ${opened} numbers were opened`)
    })
  }
})

/** At most this many numbers of a report are pressed, evenly spread, unless TURNOUT_EVERY_NUMBER is set; the API's own tests take every cell. */
const mostPressed = process.env.TURNOUT_EVERY_NUMBER ? Number.POSITIVE_INFINITY : 8

/** Every number of the report's table has a list; presses them. Returns how many were pressed. */
async function openAll(window, report, described) {
  const measures = described.columns.filter((column) => column.role === 'measure')
  const wanted = report.rows.flatMap((row) => measures.filter((column) => typeof row[column.name] === 'number')).length
  const links = await window.page.$$('section > .scroll tbody :is(td, th) > a.number')
  assert.equal(links.length, wanted, `${report.report}: numbers with a list`)
  const step = Math.max(1, Math.ceil(links.length / mostPressed))
  const pressed = links.filter((_, i) => i % step === 0)
  for (const link of pressed) {
    const shown = (await link.textContent()).trim()
    const measure = new URL(await link.evaluate((one) => one.href)).searchParams.get('list')
    await link.evaluate((one) => one.click())
    const where = `${report.report}.${measure} ${window.page.url()}`
    await window.find('dialog [data-total], dialog [role="alert"]')
    assert.deepEqual(await window.texts('dialog [role="alert"]'), [], where)
    const total = await window.page.getAttribute('dialog [data-total]', 'data-total')
    const column = measures.find((one) => one.name === measure)
    if (column.type === 'integer' && !sums.has(`${report.report}.${measure}`)) {
      assert.equal(shown, spoken(Number(total)), where)
      const rows = await window.page.$$eval('dialog tbody tr', (found) => found.length)
      assert.equal(rows, Math.min(Number(total), 500), where)
    }
    await window.page.keyboard.press('Escape')
    await window.page.waitForSelector('dialog', { state: 'detached' })
  }
  return pressed.length
}

describe('pages', () => {
  const pages = {
    overview: '/?tenant=ambassadors',
    'overview-davis': '/?tenant=davis',
    reports: '/reports?tenant=ambassadors',
    attendance: '/reports/attendance?tenant=ambassadors',
    lifecycle: '/reports/lifecycle?tenant=davis&grain=gathering',
    retention: '/reports/retention?tenant=davis',
    'show-up': '/reports/show-up?tenant=ambassadors',
    'absence-factor': '/reports/absence-factor?tenant=davis',
    list: '/reports/attendance?tenant=ambassadors&sort=-attended',
    reference: '/reference?tenant=ambassadors',
    'event-type': '/reference/attendance.recorded.v1?tenant=ambassadors',
    status: '/status?tenant=ambassadors',
    'no-data': '/?tenant=nobody',
    unknown: '/reports/nothing/here',
  }
  for (const [view, options] of Object.entries(views)) {
    it(`are sound in the view "${view}": axe, console, width`, async () => {
      await inWindow(
        async (window) => {
          for (const [name, path] of Object.entries(pages)) {
            await window.goto(path)
            if (name === 'list') {
              await window.page.click('td[data-column="attended"] a')
              await window.find('dialog [data-total]')
            }
            assert.deepEqual(await window.axe(), [], `${name}: axe`)
            assert.ok((await window.overflow()) <= 0, `${name} is wider than the window`)
            await window.picture(`${name}-${view}`, name !== 'list')
          }
        },
        options,
        // The browser itself reports the 404 of an address that does not exist.
        [/404 \(Not Found\)/],
      )
    })
  }

  it('of every report are sound, and show as many rows as the API', async () => {
    const { reports } = await program.get('/v1/reports')
    for (const tenant of ['ambassadors', 'davis']) {
      await inWindow(async (window) => {
        for (const { name } of reports) {
          await window.goto(`/reports/${name}?tenant=${tenant}`)
          const { rows } = await program.get(`/v1/reports/${name}?tenant=${tenant}`)
          assert.equal((await window.texts('section[aria-label="Table"] tbody tr')).length, rows.length, `${name}: rows`)
          assert.deepEqual(await window.axe(), [], `${name}: axe`)
        }
      })
    }
  })

  it('say what is wrong with a filter, and offer to clear it', async () => {
    await inWindow(
      async (window) => {
        await window.goto('/reports/attendance?tenant=davis&from=nonsense')
        const alert = (await window.texts('[role="alert"]')).join(' ')
        assert.match(alert, /nonsense/)
        assert.deepEqual(await window.axe(), [])
        await window.picture('bad-filter-light')
        await window.page.click('.ways a.button')
        await window.find('tbody')
        assert.equal(new URL(window.page.url()).search, '?tenant=davis')
      },
      views.light,
      [/400 \(Bad Request\)/],
    )
  })
})

describe('keyboard', () => {
  it('skips to the content, opens a list, and comes back to the number', async () => {
    await inWindow(async (window) => {
      const { page } = window
      await window.goto('/reports/attendance?tenant=ambassadors')
      await page.keyboard.press('Tab')
      assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the content')
      await page.keyboard.press('Enter')
      assert.equal(await page.evaluate(() => document.activeElement.id), 'content')
      const number = page.locator('td[data-column="new_members"] a').first()
      await number.focus()
      await page.keyboard.press('Enter')
      await window.find('dialog [data-total]')
      assert.equal(await page.evaluate(() => document.activeElement.closest('dialog') !== null), true)
      await page.keyboard.press('Escape')
      await page.waitForSelector('dialog', { state: 'detached' })
      assert.equal(await number.evaluate((one) => one === document.activeElement), true)
    })
  })

  it('sorts with Enter, and says so to screen readers', async () => {
    await inWindow(async (window) => {
      await window.goto('/reports/lifecycle?tenant=davis&grain=gathering')
      await window.page.locator('thead button', { hasText: 'Active' }).press('Enter')
      await window.find('th[aria-sort="descending"]')
      const active = await window.texts('td[data-column="active"]')
      assert.deepEqual(active, active.toSorted((a, b) => Number(b) - Number(a)))
      assert.equal(active[0], '14')
    })
  })

  it('moves to the heading of a page that was gone to', async () => {
    await inWindow(async (window) => {
      await window.goto('/?tenant=davis')
      await window.page.click('nav a[href^="/reports"]')
      await eventually('the heading', () => window.page.evaluate(() => document.activeElement.textContent === 'Reports'), 5000)
      await window.page.goBack()
      await window.find('.kpi')
    })
  })
})

describe('choices', () => {
  it('of a community, in the address', async () => {
    await inWindow(async (window) => {
      await window.goto('/?tenant=ambassadors')
      await window.page.selectOption('.picker select', 'davis')
      await eventually('the other community', async () => (await window.texts('.kpi b'))[0] === '3', 10_000)
      assert.equal(new URL(window.page.url()).search, '?tenant=davis')
    })
  })

  it('of colours, kept over a reload', async () => {
    await inWindow(async (window) => {
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

  it('of a period: an emptied report is told from a community without data', async () => {
    await inWindow(async (window) => {
      await window.goto('/reports/attendance?tenant=davis')
      await window.page.getByLabel('From', { exact: true }).fill('2090-01-01')
      await window.page.getByLabel('From', { exact: true }).blur()
      await window.find('text=The filters leave nothing')
      assert.match(window.page.url(), /from=2090-01-01/)
      assert.deepEqual(await window.axe(), [])
    })
  })
})

describe('weight and speed', () => {
  it('the first page’s script stays within its budget; charts come later', async () => {
    await inWindow(async (window) => {
      const scripts = []
      window.page.on('response', (response) => {
        if (response.url().endsWith('.js')) scripts.push(response)
      })
      await window.goto('/reports?tenant=davis')
      const sizes = await Promise.all(scripts.map(async (response) => (await response.request().sizes()).responseBodySize))
      const bytes = sizes.reduce((sum, size) => sum + size, 0)
      assert.ok(bytes > 0 && bytes < scriptBudget, `${bytes} bytes of script`)

      const began = Date.now()
      await window.page.goto(`${program.url}/?tenant=ambassadors`)
      await window.find('.kpi a')
      const figures = Date.now() - began
      await window.rest()
      const complete = Date.now() - began
      await writeFile(join(results, 'measured.json'), `${JSON.stringify({ script_gzip_bytes: bytes, overview_figures_ms: figures, overview_complete_ms: complete }, null, 2)}\n`)
      assert.ok(complete < 10_000, `the overview took ${complete} ms`)
    })
  })
})

describe('keys', () => {
  it('are asked for, refused, accepted, and shown to one community only', async () => {
    const key = (await program.command('keys', 'create', '--data', program.data, '--tenant', 'davis', '--scope', 'read')).match(/\btk_\w+|[\w-]{24,}/)[0]
    await eventually('keys being required', async () => (await fetch(`${program.url}/v1/status`)).status === 401, 10_000)
    await inWindow(
      async (window) => {
        const { page } = window
        await window.goto('/?tenant=davis')
        await window.find('input[type="password"]')
        assert.deepEqual(await window.axe(), [])
        await window.picture('key-light')
        await page.fill('input[type="password"]', 'not-a-key')
        await page.keyboard.press('Enter')
        await window.find('[role="alert"]')
        await page.fill('input[type="password"]', key)
        await page.keyboard.press('Enter')
        await window.find('.kpi a')
        assert.deepEqual(await window.texts('.picker option'), ['davis'])
        await window.goto('/?tenant=ambassadors')
        await window.find('[role="alert"]')
        assert.equal(await page.$('.kpi'), null)
        await window.picture('forbidden-light')
      },
      views.light,
      [/40[13] \((Unauthorized|Forbidden)\)/],
    )
  })
})
