import { language } from '../state/language.svelte'
import { en, type Strings } from './en'
import { ru } from './ru'

const all: Readonly<Record<'en' | 'ru', Strings>> = { en, ru }

/**
 * The page's words in the reader's language: components only ever read `strings`, and are shown anew when the language changes.
 * Titles, questions and definitions of reports come from the report files, in the language that the API is asked for.
 */
export const strings: Strings = new Proxy(en, {
  get: (_, name: keyof Strings) => all[language.choice][name],
})
