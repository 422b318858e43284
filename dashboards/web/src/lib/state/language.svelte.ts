/** The language of the page: the address says it (lang=ru), else what was chosen last, else the browser's own. English is the first. */

export type Language = 'en' | 'ru'

export const languages: readonly Language[] = ['en', 'ru']

const storageName = 'turnout.lang'
const locales: Readonly<Record<Language, string>> = { en: 'en-GB', ru: 'ru-RU' }

function known(text: string | null | undefined): Language | undefined {
  return languages.find((one) => one === text)
}

/** Which language the page begins in. */
export function firstLanguage(search: string, stored: string | null, preferred: readonly string[]): Language {
  const asked = known(new URLSearchParams(search).get('lang'))
  const browser = preferred.map((one) => known(one.slice(0, 2).toLowerCase())).find((one) => one !== undefined)
  return asked ?? known(stored) ?? browser ?? 'en'
}

function stored(): string | null {
  try {
    return localStorage.getItem(storageName)
  } catch {
    return null
  }
}

class LanguageChoice {
  choice = $state<Language>(firstLanguage(location.search, stored(), navigator.languages))
  /** For Intl. */
  locale = $derived(locales[this.choice])

  choose(language: Language): void {
    this.choice = language
    try {
      localStorage.setItem(storageName, language)
    } catch {
      // Storage is refused: the choice lives in the address.
    }
  }
}

export const language = new LanguageChoice()
