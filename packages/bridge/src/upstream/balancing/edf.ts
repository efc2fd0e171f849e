/**
 * An earliest-deadline-first scheduler (gRFC A58): each member has a deadline, the earliest is next, and each turn moves its
 * deadline by the reciprocal of its weight. Members are numbers from 0. A turn allocates nothing and takes logarithmic time.
 */
export class Edf {
  /** Deadlines by member. */
  #deadlines = new Float64Array(0)
  /** Members as a binary heap: none has an earlier deadline than its parent. */
  #heap = new Int32Array(0)

  /** Starts again with these weights. First deadlines are random, so that schedulers do not run in step. */
  reset(weights: ArrayLike<number>, random: () => number): void {
    const { length } = weights
    if (this.#heap.length !== length) {
      this.#heap = new Int32Array(length)
      this.#deadlines = new Float64Array(length)
    }
    for (let member = 0; member < length; member++) {
      this.#heap[member] = member
      this.#deadlines[member] = random() / weights[member]
    }
    this.#order()
  }

  /** The member whose turn is next. */
  get next(): number {
    return this.#heap[0]
  }

  deadlineOf(member: number): number {
    return this.#deadlines[member]
  }

  /** Ends the turn of the member that is next. `weight`: its present weight, above 0. */
  advance(weight: number): void {
    this.#deadlines[this.#heap[0]] += 1 / weight
    this.#sink(0)
  }

  /** Gives a turn to a member that is not next. Takes linear time. */
  advanceMember(member: number, weight: number): void {
    this.#deadlines[member] += 1 / weight
    this.#order()
  }

  #order(): void {
    for (let at = (this.#heap.length >> 1) - 1; at >= 0; at--) this.#sink(at)
  }

  #sink(from: number): void {
    const heap = this.#heap
    const deadlines = this.#deadlines
    const member = heap[from]
    const deadline = deadlines[member]
    let at = from
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && deadlines[heap[child + 1]] < deadlines[heap[child]]) child++
      if (deadlines[heap[child]] >= deadline) break
      heap[at] = heap[child]
      at = child
    }
    heap[at] = member
  }
}
