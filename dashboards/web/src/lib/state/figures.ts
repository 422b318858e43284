/** How long the first figures may take to be asked for: a page without reports asks for none. */
const patience = 500

/** Which reports are being read, so that what can wait does not take the server's time from them. */
export class Figures {
  #reading = 0
  #started: Promise<void>
  #start = () => {}
  #waiting: (() => void)[] = []

  constructor() {
    this.#started = new Promise((resolve) => {
      this.#start = resolve
      setTimeout(resolve, patience)
    })
  }

  /** Counts a report as being read until its answer is here, whatever it is. */
  follow<T>(answer: Promise<T>): Promise<T> {
    this.#reading += 1
    this.#start()
    const ended = () => {
      this.#reading -= 1
      if (this.#reading === 0) for (const go of this.#waiting.splice(0)) go()
    }
    answer.then(ended, ended)
    return answer
  }

  /** Resolves when no report is being read. */
  async shown(): Promise<void> {
    await this.#started
    // The reports of a page are asked for one after the other in the same turn.
    await Promise.resolve()
    if (this.#reading > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }
}

export const figures = new Figures()
