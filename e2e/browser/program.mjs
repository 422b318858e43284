// Starts the real program on free ports, loads data into it, and breaks it on purpose.
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { publish } from './nats.mjs'

const run = promisify(execFile)
export const repository = join(dirname(fileURLToPath(import.meta.url)), '../..')
const binary = process.env.TURNOUT_BINARY ?? join(repository, 'bin/turnout')
const patience = 90_000

/** Asks again until `look` gives something, or patience ends. */
export async function eventually(what, look, limit = patience) {
  const end = Date.now() + limit
  let last
  while (Date.now() < end) {
    try {
      const found = await look()
      if (found) return found
    } catch (error) {
      last = error
    }
    await pause(50)
  }
  throw new Error(`${what} did not happen within ${limit} ms`, { cause: last })
}

export class Program {
  #child
  #log = ''

  constructor(folder) {
    this.folder = folder
  }

  static async start() {
    const program = new Program(await mkdtemp(join(tmpdir(), 'turnout-browser-')))
    await program.#start()
    return program
  }

  async #start() {
    const data = join(this.folder, 'data')
    const free = '127.0.0.1:0'
    this.#child = spawn(binary, ['up', '--data', data, '--http', free, '--nats', free, '--clickhouse', free], { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream.on('data', (chunk) => (this.#log += chunk))
    let ended = false
    this.#child.on('exit', () => (ended = true))
    this.data = data
    this.url = await eventually('the start of turnout', async () => {
      if (ended) return 'ended'
      const { http, nats } = JSON.parse(await readFile(join(data, 'endpoints.json'), 'utf8'))
      this.nats = nats
      return (await fetch(`${http}/readyz`)).ok && http
    })
    if (ended) throw new Error(`turnout ended at once:\n${this.#log}`)
  }

  /** Runs a command of the program; gives what it printed. */
  async command(...args) {
    const { stdout } = await run(binary, args, { cwd: repository, env: { ...process.env, TURNOUT_URL: this.url } })
    return stdout
  }

  async load(...examples) {
    await this.command('load', ...examples.map((name) => join('examples', name)))
  }

  /** Makes a university up whose time ends today. */
  async simulate(tenant, years) {
    const until = new Date().toISOString().slice(0, 10)
    await this.command('simulate', '--tenant', tenant, '--preset', 'university', '--years', String(years), '--seed', '7', '--until', until)
  }

  /** Waits until everything that was accepted is stored. */
  async stored() {
    await eventually('storing what was accepted', async () => {
      const { stream, warehouse } = await this.get('/v1/status')
      return warehouse.state === 'ok' && stream?.pending === 0
    })
  }

  /** Sends messages past the gateway: each is a subject and a text. */
  async publish(messages) {
    await publish(this.nats, messages)
  }

  /** Asks ClickHouse itself: to make trouble of its kind. */
  async clickhouse(sql) {
    const { clickhouse } = JSON.parse(await readFile(join(this.data, 'endpoints.json'), 'utf8'))
    const response = await fetch(clickhouse, { method: 'POST', body: sql })
    if (!response.ok) throw new Error(`${sql}: ${await response.text()}`)
  }

  /** Lets ClickHouse refuse inserts as it does when merges fall behind (TOO_MANY_PARTS), which consumers wait out. */
  async stall() {
    await this.clickhouse('ALTER TABLE events MODIFY SETTING parts_to_throw_insert = 1')
  }

  async flow() {
    await this.clickhouse('ALTER TABLE events RESET SETTING parts_to_throw_insert')
    await this.stored()
  }

  /** The process of the engine: the program's only child. */
  async engine() {
    const { pid } = this.#child
    const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').filter(Boolean)
    const threads = children.length > 0 ? children : await this.#childrenOfThreads(pid)
    if (threads.length !== 1) throw new Error(`the program has ${threads.length} children`)
    return Number(threads[0])
  }

  async #childrenOfThreads(pid) {
    const tasks = await readdir(`/proc/${pid}/task`)
    const lists = await Promise.all(tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8').catch(() => '')))
    return lists.flatMap((list) => list.trim().split(' ').filter(Boolean))
  }

  async get(path, headers = {}) {
    const response = await fetch(this.url + path, { headers })
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`)
    return response.json()
  }

  async stop() {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGTERM')
    await ended
    await rm(this.folder, { recursive: true, force: true })
  }
}
