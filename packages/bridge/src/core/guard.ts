/** Where an edge keeps its own object on a Node stream: one shared callback serves all calls, no closure per call and event. */
const kOwner: unique symbol = Symbol("owner")

/** A Node object that knows its edge object. */
interface Owned<O> {
  [kOwner]: O
}

/** Something that ends its own call when a callback into it throws. */
export interface Guarded {
  crashed(cause: unknown): void
}

/**
 * The one guard around callbacks from Node: what a listener throws ends its own call, never the process or its neighbours.
 */
export function guarded<O extends Guarded, A extends unknown[]>(
  deliver: (owner: O, ...args: A) => void,
): (this: unknown, ...args: A) => void {
  return function (this: unknown, ...args: A): void {
    const owner = (this as Owned<O>)[kOwner]
    try {
      deliver(owner, ...args)
    } catch (cause) {
      owner.crashed(cause)
    }
  }
}

/** Attaches an edge object to the Node object whose events it takes. */
export function attachOwner<O>(emitter: object, owner: O): void {
  ;(emitter as Owned<O>)[kOwner] = owner
}

/** An error event that needs no answer of its own because `close` follows it. */
export function ignoreError(): void {}
