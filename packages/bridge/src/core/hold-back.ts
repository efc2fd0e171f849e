/** The part of Node's Readable that is used here. */
interface Holdable {
  readonly readableLength: number
  readonly destroyed: boolean
  pause(): unknown
  resume(): unknown
  read(): unknown
  isPaused(): boolean
  _read(size: number): void
}

const kRead: unique symbol = Symbol("read")
const kIsAsked: unique symbol = Symbol("is asked")

interface Held extends Holdable {
  /** The stream's original `_read`. */
  [kRead]?: (this: Holdable, size: number) => void
  /** Node asked for more data while the stream was held back. */
  [kIsAsked]?: boolean
}

/**
 * Pauses a Node stream so that it requests nothing more from its source. Only data already on its way arrives: one HTTP/2 window
 * at most. Node's own pause (22–26) reads on up to the high-water mark, and each `read` would open the window again.
 */
export function holdBack(stream: Holdable): void {
  const held = stream as Held
  stream.pause()
  held[kRead] ??= stream._read
  stream._read = askLater
}

/** Lets the stream flow again. Delivers nothing inside this call. */
export function letFlow(stream: Holdable): void {
  const held = stream as Held
  if (held[kRead] !== undefined) stream._read = held[kRead]
  if (held[kIsAsked] === true) {
    held[kIsAsked] = false
    if (!stream.destroyed) stream._read(0)
  }
  stream.resume()
}

/**
 * Delivers the data of a held stream as one chunk. Node keeps an object for each piece: for a small piece this costs a hundred
 * times its bytes, and it keeps the whole socket read alive.
 */
export function deliverUnread(stream: Holdable): void {
  if (stream.readableLength > 0 && stream.isPaused()) stream.read()
}

function askLater(this: Held): void {
  this[kIsAsked] = true
}
