import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'
import { scriptBudget } from './build/budget.ts'
import { keepGitkeep, precompress } from './build/precompress.ts'

const firstScriptLimit = 150_000

// Tests mount components, so they need Svelte's browser build.
const testing = process.env['VITEST'] !== undefined

export default defineConfig({
  plugins: [svelte(), keepGitkeep(), scriptBudget(firstScriptLimit), precompress()],
  ...(testing ? { resolve: { conditions: ['browser'] } } : {}),
  build: {
    target: 'es2022',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // Nothing inlined: the Content-Security-Policy knows only files of this origin.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 900,
  },
  server: { proxy: { '/v1': process.env['TURNOUT_URL'] ?? 'http://127.0.0.1:8080' } },
  // Tests wait for what they look for; the limit is for machines that do much else at once.
  test: { environment: 'happy-dom', include: ['tests/**/*.test.ts'], restoreMocks: true, testTimeout: 90_000 },
})
