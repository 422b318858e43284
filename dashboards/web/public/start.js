// Runs before the first paint and before the page's own script is here.

// A chosen theme must not flash. Everything else about themes is in src/lib/state/theme.svelte.ts.
function read(storage, name) {
  try {
    return globalThis[storage].getItem(name)
  } catch {
    return null // Storage is refused (private window): the browser's preferences stand.
  }
}
const theme = read('localStorage', 'turnout.theme')
if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme

// The overview is what most people open. The server works on its figures while the browser works on the page: these are the requests that
// src/pages/Overview.svelte makes; src/lib/api/early.ts hands out the answers. A browser test holds that nothing is asked for twice.
const query = new URLSearchParams(location.search)
if (location.pathname === '/' && query.get('tenant') && [...query].length === 1 && !read('sessionStorage', 'turnout.key')) {
  const spoken = (text) => ['en', 'ru'].find((one) => one === text)
  const lang = spoken(read('localStorage', 'turnout.lang')) ?? navigator.languages.map((text) => spoken(text.slice(0, 2).toLowerCase())).find(Boolean) ?? 'en'
  const carried = new URLSearchParams({ tenant: query.get('tenant'), lang }).toString()
  const asked = ['/activity', '/attendance', '/lifecycle', ''].map((name) => {
    const own = { '/activity': '&grain=year&compare=year', '/lifecycle': '&grain=month' }[name] ?? ''
    const address = `/v1/reports${name}?${carried}${own}`
    const answer = fetch(address, { headers: { accept: 'application/json' } })
    answer.catch(() => {}) // who takes the answer is told
    return [address, answer]
  })
  globalThis.turnoutEarly = new Map(asked)
}
