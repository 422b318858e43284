/** One message of a text/event-stream. */
export interface Message {
  event: string
  data: string
}

/** Takes a text/event-stream apart as it arrives: in pieces of any size, with any line ends. Comments (heartbeats) give nothing. */
export class EventStreamReader {
  #rest = ''
  #event = ''
  #data: string[] = []

  /** The messages that this piece completes. */
  push(piece: string): Message[] {
    const found: Message[] = []
    this.#rest += piece
    // A carriage return at the very end may be half of a line end: it waits for its other half.
    const lines = this.#rest.split(/\r\n|\n|\r(?!$)/)
    this.#rest = lines.pop() ?? ''
    for (const line of lines) {
      const message = this.#line(line)
      if (message) found.push(message)
    }
    return found
  }

  #line(line: string): Message | null {
    if (line === '') return this.#flush()
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') this.#event = value
    if (field === 'data') this.#data.push(value)
    return null
  }

  #flush(): Message | null {
    const message = this.#data.length > 0 ? { event: this.#event || 'message', data: this.#data.join('\n') } : null
    this.#event = ''
    this.#data = []
    return message
  }
}
