const kept = 64

/** The last streams that the client itself has ended or reset: a frame on one of them cannot have crossed with anything of ours. */
export class ClosedStreams {
  readonly #ids = new Int32Array(kept)
  #next = 0

  add(streamId: number): void {
    this.#ids[this.#next] = streamId
    this.#next = (this.#next + 1) % kept
  }

  has(streamId: number): boolean {
    return this.#ids.includes(streamId)
  }
}
