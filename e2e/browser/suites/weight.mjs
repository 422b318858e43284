// What the page weighs, how soon it is complete, and what it is allowed to do.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { results } from '../browser.mjs'

const scriptBudget = 150_000
const policy = ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"]

export default function weight(site) {
  describe('weight and safety', () => {
    it('the script before charts stays within its budget, compressed; charts come later', async (t) => {
      await site.window(async (window) => {
        const scripts = []
        window.page.on('response', (response) => {
          if (response.url().endsWith('.js')) scripts.push(response)
        })
        await window.goto('/health?tenant=davis')
        const sizes = await Promise.all(scripts.map(async (response) => (await response.request().sizes()).responseBodySize))
        const bytes = sizes.reduce((sum, size) => sum + size, 0)
        t.diagnostic(`${bytes} bytes of script`)
        assert.ok(bytes > 0 && bytes < scriptBudget, `${bytes} bytes of script`)
      })
    })

    it('the overview’s time is measured', async (t) => {
      await site.window(async (window) => {
        const times = []
        for (let i = 0; i < 3; i++) {
          const began = performance.now()
          await window.page.goto(`${site.program.url}/?tenant=university`)
          await window.find('main [data-report="attendance"]')
          const figures = Math.round(performance.now() - began)
          await window.rest()
          times.push({ figures_ms: figures, complete_ms: Math.round(performance.now() - began) })
        }
        t.diagnostic(`overview: ${JSON.stringify(times)}`)
        await writeFile(join(results, 'measured.json'), `${JSON.stringify({ overview: times }, null, 2)}\n`)
      })
    })

    it('every answer to a page’s address has a strict policy; scripts and styles come from here only', async () => {
      for (const path of ['/', '/live', '/members/someone', '/reference/reports/attendance', '/nothing']) {
        const response = await fetch(site.program.url + path, { headers: { accept: 'text/html' } })
        const header = response.headers.get('content-security-policy') ?? ''
        for (const part of policy) assert.ok(header.includes(part), `${path}: ${part} is not in ${header}`)
        assert.ok(!/unsafe|\*|https?:/.test(header), `${path}: ${header}`)
        assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
      }
      await site.window(
        async (window) => {
          await window.goto('/reports?tenant=davis')
          const ran = await window.page.evaluate(() => {
            const script = document.createElement('script')
            script.textContent = 'globalThis.injected = true'
            document.body.append(script)
            return globalThis.injected === true
          })
          assert.equal(ran, false, 'an inline script ran')
        },
        { expected: [/Content Security Policy/] },
      )
    })
  })
}
