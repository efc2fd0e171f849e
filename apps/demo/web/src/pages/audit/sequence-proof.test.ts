import { describe, expect, it } from "vitest"

import { type SequenceProof, unproven, withSequence } from "./sequence-proof.ts"

const after = (...sequences: readonly bigint[]) => sequences.reduce<SequenceProof>(withSequence, unproven)

describe("the proof of the sequence", () => {
  it("begins with whatever comes first, and expects the next", () => {
    expect(after(141n)).toEqual({ expected: 142n, lost: 0n, repeated: 0n })
    expect(after(1n, 2n, 3n)).toEqual({ expected: 4n, lost: 0n, repeated: 0n })
  })

  it("counts every number that was left out", () => {
    expect(after(1n, 2n, 6n, 8n)).toEqual({ expected: 9n, lost: 4n, repeated: 0n })
  })

  it("counts what comes again, and expects no other number for it", () => {
    expect(after(1n, 2n, 2n, 1n, 3n)).toEqual({ expected: 4n, lost: 0n, repeated: 2n })
  })

  it("is exact above 2^53", () => {
    expect(after(9_007_199_254_740_993n, 9_007_199_254_740_995n)).toMatchObject({ lost: 1n })
  })
})
