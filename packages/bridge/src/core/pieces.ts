/** Memory of a piece's object, in addition to its bytes. It counts, since a peer may send a message byte by byte. */
export const pieceBytes = 256

/**
 * Pieces that come one by one are joined whenever there are so many. Thousands of DATA frames can come in one turn of the event
 * loop, and their objects would make the heap grow by a hundred times their bytes.
 */
export const maxLoosePieces = 64

/** Memory that these pieces hold, in bytes. */
export function heldBytesOf(pieces: readonly Uint8Array[]): number {
  let sum = pieces.length * pieceBytes
  for (const piece of pieces) sum += piece.length
  return sum
}

/**
 * Joins the pieces into one that keeps nothing else alive; a piece as Node delivers it is a view of the whole socket read. An
 * empty list stays empty.
 */
export function compacted(pieces: Uint8Array[]): Uint8Array[] {
  if (pieces.length === 0 || (pieces.length === 1 && isCompact(pieces[0]))) return pieces
  let length = 0
  for (const piece of pieces) length += piece.length
  const whole = Buffer.allocUnsafeSlow(length)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return [whole]
}

function isCompact(piece: Uint8Array): boolean {
  return piece.buffer.byteLength <= 2 * piece.length
}
