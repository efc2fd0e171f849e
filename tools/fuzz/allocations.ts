/** Counts the typed memory that code asks for. */
export interface Allocations {
  /** Begins anew. */
  reset(): void
  /** Bytes of the largest piece since then, and of all together. */
  readonly largest: number
  readonly total: number
}

/** Watches every `new Uint8Array(length)` and `new ArrayBuffer(length)` of this thread, of code that is loaded afterwards or before. */
export function watchAllocations(): Allocations {
  let [largest, total] = [0, 0]
  const watched = <T extends new (...args: never[]) => object>(original: T): T => {
    const proxy: T = new Proxy(original, {
      construct(target, args: unknown[], newTarget) {
        const [length] = args
        if (typeof length === "number") {
          largest = Math.max(largest, length)
          total += length
        }
        // Not with the proxy as the new target: V8 would make a hidden class for each array, and run everything ten times slower.
        return Reflect.construct(target, args, newTarget === proxy ? target : newTarget) as object
      },
    })
    return proxy
  }
  globalThis.Uint8Array = watched(Uint8Array)
  globalThis.ArrayBuffer = watched(ArrayBuffer)
  return {
    reset: () => ([largest, total] = [0, 0]),
    get largest() {
      return largest
    },
    get total() {
      return total
    },
  }
}
