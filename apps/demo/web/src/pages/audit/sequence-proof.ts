/** What the numbers of the events say: whether any was lost, or came twice. */
export interface SequenceProof {
  /** The number that must come next; null: any, for none has come yet or the service has started anew. */
  readonly expected: bigint | null
  /** Numbers that were left out. */
  readonly lost: bigint
  /** Numbers that had come before. */
  readonly repeated: bigint
}

/** Before the first event. */
export const unproven: SequenceProof = { expected: null, lost: 0n, repeated: 0n }

/** After one more event. */
export function withSequence(proof: SequenceProof, sequence: bigint): SequenceProof {
  const { expected, lost, repeated } = proof
  if (expected !== null && sequence < expected) return { ...proof, repeated: repeated + 1n }
  return { expected: sequence + 1n, lost: lost + (expected === null ? 0n : sequence - expected), repeated }
}
