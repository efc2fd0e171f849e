/** One thing to fuzz. */
export interface FuzzTarget {
  readonly name: string
  /** Throws when the input shows a defect: what the code under test must not throw, or that it broke a rule of the target's. */
  readonly run: (input: Uint8Array) => void
  /** Pieces that inputs are built from, besides chance: Latin-1. */
  readonly words?: readonly string[]
}
