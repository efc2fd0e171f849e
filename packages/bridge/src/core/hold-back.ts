/** The part of Node's Readable that is used here. */
interface Holdable {
  readonly destroyed: boolean
  push(chunk: unknown): boolean
  _read(size: number): void
}

const kFlow: unique symbol = Symbol("flow")

/** How a stream flows by itself, kept while it is held back. */
interface Flow {
  readonly push: Holdable["push"]
  readonly read: Holdable["_read"]
  /** Node asked for more data meanwhile. */
  isAsked: boolean
}

interface Held extends Holdable {
  [kFlow]?: Flow
}

/**
 * Holds a Node stream back: it requests nothing more from its source, and goes on delivering what is already on its way, one HTTP/2
 * window at most. `push` gives back false and `_read` does nothing, which is how a Readable stops its source. Node's own `pause`
 * (22–26) would read on up to the high-water mark, and keep an object for each DATA frame: 500 bytes for a message of nine.
 */
export function holdBack(stream: Holdable): void {
  const held = stream as Held
  if (held[kFlow] !== undefined) return
  held[kFlow] = { push: stream.push, read: stream._read, isAsked: false }
  stream.push = pushAndStop
  stream._read = askLater
}

/** Lets the stream request more again. Delivers nothing inside this call. */
export function letFlow(stream: Holdable): void {
  const held = stream as Held
  const flow = held[kFlow]
  if (flow === undefined) return
  held[kFlow] = undefined
  stream.push = flow.push
  stream._read = flow.read
  if (flow.isAsked && !stream.destroyed) stream._read(0)
}

function pushAndStop(this: Held, chunk: unknown): boolean {
  this[kFlow]?.push.call(this, chunk)
  return false
}

function askLater(this: Held): void {
  if (this[kFlow] !== undefined) this[kFlow].isAsked = true
}
