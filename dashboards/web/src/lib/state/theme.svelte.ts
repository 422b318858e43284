export type Theme = 'system' | 'light' | 'dark'

const storageName = 'turnout.theme'
const order: readonly Theme[] = ['system', 'light', 'dark']

/** The reader's choice of colours; public/start.js applies the stored one before the first paint. */
class ThemeChoice {
  choice = $state<Theme>('system')
  /** Counts up when the shown colours change, by choice or by the system: charts draw themselves anew. */
  version = $state(0)

  start(): () => void {
    const stored = document.documentElement.dataset['theme']
    this.choice = stored === 'light' || stored === 'dark' ? stored : 'system'
    const system = matchMedia('(prefers-color-scheme: dark)')
    const changed = () => {
      this.version += 1
    }
    // Paper is white: what is printed is drawn in the light colours, before the browser takes it.
    const print = () => this.#paint('light')
    const printed = () => this.#paint(this.choice)
    system.addEventListener('change', changed)
    addEventListener('beforeprint', print)
    addEventListener('afterprint', printed)
    return () => {
      system.removeEventListener('change', changed)
      removeEventListener('beforeprint', print)
      removeEventListener('afterprint', printed)
    }
  }

  next(): void {
    this.choose(order[(order.indexOf(this.choice) + 1) % order.length] ?? 'system')
  }

  choose(theme: Theme): void {
    this.choice = theme
    this.#paint(theme)
    try {
      if (theme === 'system') localStorage.removeItem(storageName)
      else localStorage.setItem(storageName, theme)
    } catch {
      // Storage is refused: the choice lasts as long as the page.
    }
  }

  #paint(theme: Theme): void {
    if (theme === 'system') delete document.documentElement.dataset['theme']
    else document.documentElement.dataset['theme'] = theme
    this.version += 1
  }
}

export const theme = new ThemeChoice()
