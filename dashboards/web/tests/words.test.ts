import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Column } from '../src/lib/api/types'
import { codeWord, humanise } from '../src/lib/format'
import { language } from '../src/lib/state/language.svelte'
import { ruWords } from '../src/lib/strings/ru.words'

const repository = resolve(process.cwd(), '../..')

interface Schema {
  properties: Record<string, { enum?: string[] }>
}

/** Every value that a field of an event may have, with the file and the field it is from. */
function enumValues(): [string, string][] {
  const folder = resolve(repository, 'schemas/events')
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .flatMap((file) => {
      const schema = JSON.parse(readFileSync(resolve(folder, file), 'utf8')) as Schema
      return Object.entries(schema.properties).flatMap(([field, { enum: values }]) => (values ?? []).map((value): [string, string] => [`${file} ${field}`, value]))
    })
}

/** Codes with which inputs are refused. */
function refusals(): [string, string][] {
  return ['schemas', 'producers/gateway', 'consumers', 'internal/stream'].flatMap((folder) =>
    readdirSync(resolve(repository, folder))
      .filter((file) => file.endsWith('.go') && !file.endsWith('_test.go'))
      .flatMap((file) => {
        const found = readFileSync(resolve(repository, folder, file), 'utf8').matchAll(/\b[Cc]ode\w*(?:, p\.RetryAfter)?(?::| =|\s+=) *"(\w+)"/g)
        return [...found].map((match): [string, string] => [`${folder}/${file}`, match[1] ?? ''])
      }),
  )
}

/** The checks of the report data-quality. */
function checks(): [string, string][] {
  const file = 'dashboards/reports/data-quality.sql'
  const listed = /arrayJoin\(\[('attendance_not_recorded'[^\]]+)\]/.exec(readFileSync(resolve(repository, file), 'utf8'))
  return [...(listed?.[1] ?? '').matchAll(/\w+/g)].map((match): [string, string] => [file, match[0]])
}

afterEach(() => language.choose('en'))

describe('codes that pages show', () => {
  it('are found', () => {
    expect(enumValues().length).toBeGreaterThan(90)
    expect(refusals().length).toBeGreaterThan(30)
    expect(checks()).toHaveLength(7)
  })

  it('have a Russian word each', () => {
    const wordless = [...enumValues(), ...refusals(), ...checks()].filter(([, code]) => !/\p{Script=Cyrillic}/u.test(ruWords[code] ?? ''))
    expect(wordless).toEqual([])
  })

  it('read as words in English', () => {
    const raw = [...enumValues(), ...refusals(), ...checks()].filter(([, code]) => !/^[A-Z][A-Za-z -]+$/.test(humanise(code)))
    expect(raw).toEqual([])
  })

  it('are called what the report calls them, else what the page does', () => {
    language.choose('ru')
    const columns = [{ name: 'stage', texts: { started: 'начаты' } }] as unknown as Column[]
    expect(codeWord(columns, 'stage', 'started')).toBe('Начаты')
    expect(codeWord(columns, 'stage', 'shortlisted')).toBe('В коротком списке')
    expect(codeWord(columns, 'check', 'late_events')).toBe('Запоздавшие события')
  })
})
