import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

const worthwhile = /\.(js|css|html|svg|json)$/

/** Writes FILE.gz beside every text file of the output that gets smaller, for the Go handler to send as it is. */
export function precompress(): Plugin {
  let folder = ''
  return {
    name: 'turnout-precompress',
    apply: 'build',
    configResolved(config) {
      folder = resolve(config.root, config.build.outDir)
    },
    closeBundle() {
      for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        if (!worthwhile.test(name)) continue
        const plain = readFileSync(join(folder, name))
        const packed = gzipSync(plain, { level: 9 })
        if (packed.length < plain.length) writeFileSync(join(folder, `${name}.gz`), packed)
      }
    },
  }
}

/** The output folder is emptied by every build; the committed .gitkeep, which lets `go build` work without assets, comes back. */
export function keepGitkeep(): Plugin {
  return {
    name: 'turnout-gitkeep',
    apply: 'build',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: '.gitkeep', source: '' })
    },
  }
}
