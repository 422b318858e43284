// Opens pages in Debian's Chromium and watches them: console, errors, and where requests go.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
export const results = join(dirname(fileURLToPath(import.meta.url)), 'results')

export async function launch() {
  const executablePath = execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim()
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
}

/** How a page is looked at: colours and width change without loading it again. */
export const looks = {
  light: { colorScheme: 'light', size: { width: 1280, height: 900 } },
  dark: { colorScheme: 'dark', size: { width: 1280, height: 900 } },
  phone: { colorScheme: 'light', size: { width: 390, height: 844 } },
}

/** A window on the program that writes down everything that should not happen. */
export class Window {
  complaints = []
  /** What the API has answered to the page, by the addresses of reports. */
  answers = new Map()

  constructor(page, origin) {
    this.page = page
    this.origin = origin
  }

  static async open(browser, origin, options = {}) {
    const context = await browser.newContext({ viewport: looks.light.size, colorScheme: 'light', reducedMotion: 'reduce', locale: 'en-GB', ...options })
    // A machine that does much else is slow, not wrong.
    context.setDefaultTimeout(90_000)
    const window = new Window(await context.newPage(), origin)
    window.#watch(context)
    return window
  }

  #watch(context) {
    this.page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(`console ${message.type()}: ${message.text()}`)
    })
    this.page.on('pageerror', (error) => this.complaints.push(`page error: ${error.message}`))
    context.on('request', (request) => {
      const url = request.url()
      if (!url.startsWith(`${this.origin}/`) && !url.startsWith('data:') && !url.startsWith(`blob:${this.origin}/`)) this.complaints.push(`request to ${url}`)
    })
    this.page.on('response', (response) => {
      const url = response.url()
      if (/\/v1\/reports\/[^/?]+(\?|$)/.test(url) && response.ok()) this.answers.set(url.slice(this.origin.length), response.json().catch(() => null))
    })
  }

  /** Goes to a path and waits until the page is at rest: nothing loads, charts are drawn. */
  async goto(path) {
    this.answers.clear()
    await this.page.goto(this.origin + path)
    await this.rest()
  }

  async rest() {
    await this.page.waitForFunction(() => document.querySelector('main h1') && !document.querySelector('.loading, [aria-busy="true"], [data-drawn="false"]'))
  }

  /** Changes colours and width. */
  async look(name) {
    const { colorScheme, size } = looks[name]
    await this.page.emulateMedia({ colorScheme })
    await this.page.setViewportSize(size)
    await this.rest()
  }

  /** Waits for an element; when it does not come, says what is shown instead. */
  async find(selector) {
    try {
      return await this.page.waitForSelector(selector)
    } catch (error) {
      const shown = await this.page.evaluate(() => (document.querySelector('dialog') ?? document.querySelector('main'))?.textContent.replaceAll(/\s+/g, ' '))
      throw new Error(`${selector} did not appear at ${this.page.url()}; the page says: ${shown?.slice(0, 500)}`, { cause: error })
    }
  }

  texts(selector) {
    return this.page.$$eval(selector, (found) => found.map((one) => one.textContent.replaceAll(/\s+/g, ' ').trim()))
  }

  /** A dialog covers the window only: with one, `whole` is false. */
  async picture(name, whole = true) {
    await this.page.screenshot({ path: join(results, `${name}.png`), fullPage: whole })
  }

  /** What axe finds, one line each. */
  async axe() {
    await this.page.evaluate(axeSource)
    const { violations } = await this.page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }))
    return violations.flatMap((found) => found.nodes.map((node) => `${found.id} (${found.impact}): ${node.target.join(' ')} – ${node.failureSummary}`))
  }

  overflow() {
    return this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  }

  close() {
    return this.page.context().close()
  }
}
