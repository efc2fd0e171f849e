/** A call that knows its place among the open calls. */
interface Placed {
  /** Index in the list. -1: not in it. */
  place: number
}

/**
 * All open calls, in no order. No Set: the table of a Set leads to its next table, even from garbage. Every call would then survive
 * the collections of young garbage (V8 of Node 22–26).
 */
export class OpenCalls<C extends Placed> {
  readonly #calls: C[] = []
  #onEmpty: (() => void) | null = null

  add(call: C): void {
    call.place = this.#calls.push(call) - 1
  }

  /** Removes a call that was added. The last call takes its place. */
  delete(call: C): void {
    const last = this.#calls.pop()
    if (this.#calls.length === 0 && this.#onEmpty !== null) this.#emptied(this.#onEmpty)
    if (last === undefined || last === call) return
    this.#calls[call.place] = last
    last.place = call.place
  }

  /** Calls `then` once, when no call is open: now or later. No call is added any more. */
  whenEmpty(then: () => void): void {
    if (this.#calls.length === 0) then()
    else this.#onEmpty = then
  }

  /** A copy, since calls leave while they are ended. */
  all(): C[] {
    return [...this.#calls]
  }

  #emptied(then: () => void): void {
    this.#onEmpty = null
    then()
  }
}
