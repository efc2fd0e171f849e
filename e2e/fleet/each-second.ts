/** Does something each second, one at a time. Owns the timer. */
export class EachSecond {
  readonly #act: (second: number) => Promise<void>
  readonly #timer: NodeJS.Timeout
  #turn: Promise<void> = Promise.resolve()
  #second = 0

  constructor(act: (second: number) => Promise<void>) {
    this.#act = act
    this.#timer = setInterval(() => {
      this.#turn = this.#turn.then(() => this.#act(++this.#second))
    }, 1_000)
  }

  /** Resolves when the last one is over. */
  async end(): Promise<void> {
    clearInterval(this.#timer)
    await this.#turn
  }
}
