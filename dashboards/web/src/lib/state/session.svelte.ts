import { Api } from '../api/client'

const storageName = 'turnout.key'

/** The API key of this browser tab. It is kept in sessionStorage: gone when the tab closes, never in the address. */
class Session {
  key = $state(read())
  /** True while the server asks for a key that the tab does not have (or for another one). */
  locked = $state(false)
  /** Counts up when everything on the page is to be read again. */
  attempt = $state(0)

  unlock(key: string): void {
    this.key = key.trim()
    write(this.key)
    this.retry()
  }

  forget(): void {
    this.unlock('')
  }

  retry(): void {
    this.locked = false
    this.attempt += 1
  }
}

function read(): string {
  try {
    return sessionStorage.getItem(storageName) ?? ''
  } catch {
    return ''
  }
}

function write(key: string): void {
  try {
    if (key) sessionStorage.setItem(storageName, key)
    else sessionStorage.removeItem(storageName)
  } catch {
    // Storage is refused: the key lives as long as the page.
  }
}

export const session = new Session()

export const api = new Api({ key: () => session.key })
