// Runs before the first paint, so that a chosen theme does not flash. Everything else about themes is in src/lib/state/theme.svelte.ts.
try {
  const theme = localStorage.getItem('turnout.theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Storage is refused (private window): the system's preference stands.
}
