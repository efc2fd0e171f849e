/** A node of a linked list. It holds its neighbours, so that removing it needs no search. */
export interface Link<T> {
  readonly value: T
  before: Link<T> | null
  after: Link<T> | null
}

/** A queue from which any member can be removed. Each operation takes constant time. */
export class LinkedList<T> {
  #first: Link<T> | null = null
  #last: Link<T> | null = null
  #size = 0

  get size(): number {
    return this.#size
  }

  get first(): T | null {
    return this.#first?.value ?? null
  }

  /** Appends a value. The returned link is for `remove`. */
  push(value: T): Link<T> {
    const link: Link<T> = { value, before: this.#last, after: null }
    if (this.#last === null) this.#first = link
    else this.#last.after = link
    this.#last = link
    this.#size++
    return link
  }

  /** Puts a value before all others. The returned link is for `remove`. */
  pushFirst(value: T): Link<T> {
    const link: Link<T> = { value, before: null, after: this.#first }
    if (this.#first === null) this.#last = link
    else this.#first.before = link
    this.#first = link
    this.#size++
    return link
  }

  /** A copy, so that members may leave while it is read. */
  values(): T[] {
    const values: T[] = []
    for (let link = this.#first; link !== null; link = link.after) values.push(link.value)
    return values
  }

  /** Removes a link that `push` of this list returned and that was not removed yet. */
  remove(link: Link<T>): void {
    if (link.before === null) this.#first = link.after
    else link.before.after = link.after
    if (link.after === null) this.#last = link.before
    else link.after.before = link.before
    link.before = link.after = null // an old removed link would keep its young neighbours alive
    this.#size--
  }
}
