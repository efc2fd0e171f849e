/** What is needed of Node's Readable. */
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
  /** The stream's own `_read`. */
  [kRead]?: (this: Holdable, size: number) => void
  /** Node asked for more while the stream was held back. */
  [kIsAsked]?: boolean
}

/**
 * Pauses a stream of Node so that it asks its source for nothing more: what comes is what was on its way, one HTTP/2 window at
 * most. Node's own pause (22–26) lets it read on up to its high-water mark, and each `read` would open the window again.
 */
export function holdBack(stream: Holdable): void {
  const held = stream as Held
  stream.pause()
  held[kRead] ??= stream._read
  stream._read = askLater
}

/** Lets the stream flow again. Nothing is delivered inside. */
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
 * Delivers what a held stream has received, as one chunk: Node keeps an object for each piece, which costs a small piece a
 * hundred times what it holds, and keeps alive all that was read from the socket with it.
 */
export function deliverUnread(stream: Holdable): void {
  if (stream.readableLength > 0 && stream.isPaused()) stream.read()
}

function askLater(this: Held): void {
  this[kIsAsked] = true
}
