/** Where lines end up. */
export interface LineSink {
  /** Hands the text over; `done` is called once, later, with what went wrong or null. */
  write(text: string, done: (error: Error | null) => void): void
  /** The last resort of a process that ends at once. May throw. */
  writeSync(text: string): void
  close(): void
}

/** How a writer gathers. Times in milliseconds. */
export interface LineWriterOptions {
  /** Lines wait this long for others; 0: they leave as soon as the sink is free. */
  readonly gatherMs: number
  /** Called when the sink fails, and not again until it has worked in between. */
  readonly onFailure: (cause: Error) => void
}

/** So much waits before it leaves without waiting for the time to pass. Characters, which for these lines are bytes. */
const batchLength = 65_536
/** So much may wait for a sink that does not take it; further lines are dropped. */
const maxWaitingLength = 1_048_576
/** A sink that stands still does not hold up the end of the process longer than this. */
const maxFlushMs = 1_000

/**
 * Gathers lines and hands them over in batches, one at a time. It never blocks, never throws and holds a bounded amount: what
 * does not fit, or could not be written, is dropped and counted.
 */
export class LineWriter {
  readonly #sink: LineSink
  readonly #options: LineWriterOptions
  #waiting = ""
  #waitingLines = 0
  /** Lines in the batch that the sink has; 0: it has none. */
  #sentLines = 0
  #hasFailed = false
  #timer: NodeJS.Timeout | null = null
  #onIdle: (() => void)[] = []
  #dropped = 0

  constructor(sink: LineSink, options: LineWriterOptions) {
    this.#sink = sink
    this.#options = options
  }

  /** Lines that were lost. */
  get dropped(): number {
    return this.#dropped
  }

  /** Takes a line, its newline included. */
  write(line: string): void {
    if (this.#waiting.length + line.length > maxWaitingLength) {
      this.#dropped++
      return
    }
    this.#waiting += line
    this.#waitingLines++
    this.#gather()
  }

  /** Resolves when every line has been handed over or dropped, within a second. */
  async flush(): Promise<void> {
    this.#send()
    if (this.#sentLines === 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#onIdle.push(resolve)
    const timer = setTimeout(resolve, maxFlushMs)
    await promise
    clearTimeout(timer)
  }

  /** For a process that ends at once: what waits is written now, or dropped. */
  flushSync(): void {
    const [text, lines] = this.#take()
    if (lines === 0) return
    try {
      this.#sink.writeSync(text)
    } catch {
      this.#dropped += lines // nobody is left to be told
    }
  }

  /** Flushes, then closes the sink. Lines that come later are lost. */
  async close(): Promise<void> {
    await this.flush()
    this.#sink.close()
  }

  /** Sends what waits if it is enough, or else a little later. */
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
    // What a failure left may be half a line: the next one begins on its own.
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
