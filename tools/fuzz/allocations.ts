/** Counts the bytes of typed arrays and array buffers that code allocates. */
export interface Allocations {
  /** Sets both counters to zero. */
  reset(): void
  /** Bytes of the largest allocation since the last reset. */
  readonly largest: number
  /** Bytes of all allocations since the last reset. */
  readonly total: number
}

/**
 * Watches every `new Uint8Array(length)` and `new ArrayBuffer(length)` of this thread. This includes modules that were
 * loaded before.
 */
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
        // With the proxy as the new target, V8 makes a hidden class for each array and runs ten times slower.
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
