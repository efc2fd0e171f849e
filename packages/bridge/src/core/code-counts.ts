import { Code } from "@causeway/protocol"

/** Number of status codes that gRPC defines. */
const defined = Object.keys(Code).length

/** Numbers of ends by gRPC status code. To count one is one addition. */
export class CodeCounts {
  /** The slot after the last code is for codes that gRPC does not define. */
  readonly #counts: number[] = Array.from({ length: defined + 1 }, () => 0)

  add(code: number): void {
    this.#counts[code < defined ? code : defined]++
  }

  /** Like `entries`, and OK in any case: a series that appears with its first event has no rate. */
  get shown(): (readonly [code: number, count: number])[] {
    return this.#counts[Code.Ok] === 0 ? [[Code.Ok, 0], ...this.entries] : this.entries
  }

  /** The codes that occurred, with their numbers. The code after the last defined one stands for all that are undefined. */
  get entries(): (readonly [code: number, count: number])[] {
    return this.#counts.flatMap((count, code) => (count === 0 ? [] : [[code, count] as const]))
  }
}
