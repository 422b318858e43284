// Starts the real program on free ports and loads the examples.
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
export const repository = join(dirname(fileURLToPath(import.meta.url)), '../..')
const binary = join(repository, 'bin/turnout')
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
      const { http } = JSON.parse(await readFile(join(data, 'endpoints.json'), 'utf8'))
      const url = http.startsWith('http') ? http : `http://${http}`
      return (await fetch(`${url}/readyz`)).ok && url
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
    await eventually('storing the examples', async () => (await this.get('/v1/status')).stream.pending === 0)
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
