import { gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

/** What the budget looks at in a built file: its code and what it imports statically. */
export interface BuiltFile {
  code: string
  isEntry: boolean
  imports: string[]
}

/** First page's script: the entries and everything they import statically, in gzip bytes. Lazily loaded files (charts) do not count. */
export function firstScriptBytes(files: Record<string, BuiltFile>): number {
  const seen = new Set<string>()
  const queue = Object.keys(files).filter((name) => files[name]?.isEntry)
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const file = files[name]
    if (!file || seen.has(name)) continue
    seen.add(name)
    queue.push(...file.imports)
  }
  return [...seen].reduce((sum, name) => sum + gzipSync(files[name]?.code ?? '', { level: 9 }).length, 0)
}

/** Fails the build when the first page's script is larger than the budget. */
export function scriptBudget(limit: number): Plugin {
  return {
    name: 'turnout-script-budget',
    apply: 'build',
    generateBundle(_, bundle) {
      const files: Record<string, BuiltFile> = {}
      for (const [name, file] of Object.entries(bundle)) {
        if (file.type === 'chunk') files[name] = { code: file.code, isEntry: file.isEntry, imports: file.imports }
      }
      const bytes = firstScriptBytes(files)
      if (bytes > limit) this.error(`script before charts is ${bytes} bytes gzip, the budget is ${limit}`)
      this.info(`script before charts: ${bytes} of ${limit} bytes gzip`)
    },
  }
}
