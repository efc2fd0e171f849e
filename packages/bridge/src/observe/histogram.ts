/** Counts durations or sizes by bucket, with their sum. */
export class Histogram {
  readonly #bounds: readonly number[]
  readonly #counts: number[]
  #sum = 0

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = new Array<number>(bounds.length + 1).fill(0)
  }

  observe(value: number): void {
    let bucket = 0
    while (bucket < this.#bounds.length && value > this.#bounds[bucket]) bucket++
    this.#counts[bucket]++
    this.#sum += value
  }

  /** Adds the counts of another histogram with the same bounds. */
  add(other: Histogram): void {
    for (let i = 0; i < this.#counts.length; i++) this.#counts[i] += other.#counts[i]
    this.#sum += other.#sum
  }

  /** Buckets are cumulative: each counts every value up to its bound. */
  write(lines: string[], name: string, labels: string): void {
    let total = 0
    const comma = labels === "" ? "" : ","
    for (let i = 0; i < this.#counts.length; i++) {
      total += this.#counts[i]
      const bound = i < this.#bounds.length ? this.#bounds[i] : "+Inf"
      lines.push(`${name}_bucket{${labels}${comma}le="${bound}"} ${total}`)
    }
    const braces = labels === "" ? "" : `{${labels}}`
    lines.push(`${name}_sum${braces} ${this.#sum}`, `${name}_count${braces} ${total}`)
  }
}
