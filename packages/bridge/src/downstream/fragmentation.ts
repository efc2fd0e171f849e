/** What an upload may be short of before it is too fragmented: some 1,300 pieces of one byte. */
export const fragmentAllowance = 4_000
/** A piece costs some microseconds whatever it carries. The smallest that says anything, an empty gRPC message, has 5 bytes. */
const leastPieceBytes = 4

/**
 * What is left of an upload's allowance after a piece of this size; below 0 it is too fragmented. Pieces of 5 bytes and more, one
 * message each, go on for ever. Pieces of a byte or two, of which 14,000 fit into one read of a socket, keep all other clients
 * waiting.
 */
export function allowanceAfter(allowance: number, pieceBytes: number): number {
  return Math.min(fragmentAllowance, allowance + pieceBytes - leastPieceBytes)
}

/** What is dropped at most of the rest of an upload that was too fragmented. */
export const maxFragmentBytes = 16_384
