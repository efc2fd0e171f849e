/** The initial allowance of an upload: it lasts for about 1,300 pieces of one byte. */
export const fragmentAllowance = 4_000
/**
 * Cost of a piece, in bytes: each takes some microseconds, however small it is. The smallest useful piece, an empty gRPC message,
 * has 5 bytes.
 */
const leastPieceBytes = 4

/**
 * The allowance after a piece of this size. Below 0 the upload is too fragmented. Pieces of 5 bytes and more, one message each,
 * may go on for ever. Pieces of a byte or two, of which 14,000 fit into one read of a socket, would keep all other clients
 * waiting.
 */
export function allowanceAfter(allowance: number, pieceBytes: number): number {
  return Math.min(fragmentAllowance, allowance + pieceBytes - leastPieceBytes)
}

/** Limit of the bytes that are dropped of an upload that was too fragmented. */
export const maxFragmentBytes = 16_384
