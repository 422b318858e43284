/** Hands a file to the browser. It is made here, since a link could not carry the API key. */
export function save(content: Blob, name: string): void {
  const address = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.hidden = true
  document.body.append(link)
  link.click()
  link.remove()
  // The browser has taken the file over by the next task.
  setTimeout(() => URL.revokeObjectURL(address), 1000)
}
