/**
 * The key of an edge object on its Node stream. One shared callback then serves all calls, without a closure per call and event.
 */
const kOwner: unique symbol = Symbol("owner")

/** A Node object with its edge object attached. */
interface Owned<O> {
  [kOwner]: O | undefined
}

/** An object that ends its own call when a callback into it throws. */
export interface Guarded {
  crashed(cause: unknown): void
}

/** The one guard around callbacks from Node. An error in a listener ends only its own call, never the process or another call. */
export function guarded<O extends Guarded, A extends unknown[]>(
  deliver: (owner: O, ...args: A) => void,
): (this: unknown, ...args: A) => void {
  return function (this: unknown, ...args: A): void {
    const owner = (this as Owned<O>)[kOwner]
    if (owner === undefined) return
    try {
      deliver(owner, ...args)
    } catch (cause) {
      owner.crashed(cause)
    }
  }
}

/** Attaches an edge object to the Node object whose events it receives. */
export function attachOwner<O>(emitter: object, owner: O): void {
  ;(emitter as Owned<O>)[kOwner] = owner
}

/**
 * Detaches the edge object: it receives no further event. Node keeps a closed HTTP/2 stream alive through several collections of
 * young garbage, and would keep the whole call with it.
 */
export function detachOwner(emitter: object): void {
  ;(emitter as Owned<unknown>)[kOwner] = undefined
}

/** Handler for an error event that needs no handling, because `close` follows it. */
export function ignoreError(): void {}
