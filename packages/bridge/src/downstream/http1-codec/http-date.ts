/** The value of the field `date` (RFC 9110 §6.6.1), made once a second. */
export class HttpDate {
  #second = 0
  #text = ""

  now(): string {
    const now = Date.now()
    const second = Math.floor(now / 1_000)
    if (second !== this.#second) {
      this.#second = second
      this.#text = new Date(now).toUTCString()
    }
    return this.#text
  }
}
