/** The destination of lines. */
export interface LineSink {
  /** Writes the text. `done` is called once, later, with the error or null. */
  write(text: string, done: (error: Error | null) => void): void
  /** Writes synchronously, when the process ends at once. May throw. */
  writeSync(text: string): void
  close(): void
}

/** Options of a writer. Times in milliseconds. */
export interface LineWriterOptions {
  /** How long a line waits for further lines. 0: it is written as soon as the sink is free. */
  readonly gatherMs: number
  /** Called when the sink fails, and again only after it has worked in between. */
  readonly onFailure: (cause: Error) => void
}

/** This many characters are written without waiting for more time. In these lines a character is a byte. */
const batchLength = 65_536
/** Limit of the text that waits for a blocked sink. Further lines are dropped. */
const maxWaitingLength = 1_048_576
/** A blocked sink delays the end of the process no longer than this. */
const maxFlushMs = 1_000

/**
 * Collects lines and writes them in batches, one at a time. Never blocks, never throws, and holds a bounded amount: lines beyond
 * it, and lines that could not be written, are dropped and counted.
 */
export class LineWriter {
  readonly #sink: LineSink
  readonly #options: LineWriterOptions
  #waiting = ""
  #waitingLines = 0
  /** Number of lines in the batch that is being written. 0: there is none. */
  #sentLines = 0
  #hasFailed = false
  #timer: NodeJS.Timeout | null = null
  #onIdle: (() => void)[] = []
  #dropped = 0

  constructor(sink: LineSink, options: LineWriterOptions) {
    this.#sink = sink
    this.#options = options
  }

  /** Number of lost lines. */
  get dropped(): number {
    return this.#dropped
  }

  /** Adds a line, which must include its newline. */
  write(line: string): void {
    if (this.#waiting.length + line.length > maxWaitingLength) {
      this.#dropped++
      return
    }
    this.#waiting += line
    this.#waitingLines++
    this.#gather()
  }

  /** Resolves when every line has been written or dropped, after at most one second. */
  async flush(): Promise<void> {
    this.#send()
    if (this.#sentLines === 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#onIdle.push(resolve)
    const timer = setTimeout(resolve, maxFlushMs)
    await promise
    clearTimeout(timer)
  }

  /** Writes the waiting lines now, or drops them. For a process that ends at once. */
  flushSync(): void {
    const [text, lines] = this.#take()
    if (lines === 0) return
    try {
      this.#sink.writeSync(text)
    } catch {
      this.#dropped += lines // nobody is left to report to
    }
  }

  /** Flushes, then closes the sink. Later lines are lost. */
  async close(): Promise<void> {
    await this.flush()
    this.#sink.close()
  }

  /** Writes the waiting lines if they are enough, otherwise a little later. */
  #gather(): void {
    if (this.#options.gatherMs === 0 || this.#waiting.length >= batchLength) this.#send()
    else this.#timer ??= setTimeout(() => this.#gathered(), this.#options.gatherMs).unref()
  }

  #gathered(): void {
    this.#timer = null
    this.#send()
  }

  #send(): void {
    if (this.#sentLines > 0) return
    const [text, lines] = this.#take()
    if (lines === 0) return
    this.#sentLines = lines
    // A failure may have left half a line, so the next batch starts with a newline.
    this.#sink.write(this.#hasFailed ? `\n${text}` : text, (error) => this.#sent(error))
  }

  #sent(error: Error | null): void {
    const lines = this.#sentLines
    this.#sentLines = 0
    if (error !== null) {
      this.#dropped += lines
      if (!this.#hasFailed) this.#options.onFailure(error)
    }
    this.#hasFailed = error !== null
    if (this.#onIdle.length > 0) this.#send()
    else if (this.#waitingLines > 0) this.#gather()
    if (this.#sentLines > 0) return
    const onIdle = this.#onIdle
    this.#onIdle = []
    for (const resolve of onIdle) resolve()
  }

  #take(): [text: string, lines: number] {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const taken: [string, number] = [this.#waiting, this.#waitingLines]
    this.#waiting = ""
    this.#waitingLines = 0
    return taken
  }
}
