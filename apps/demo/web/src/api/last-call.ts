import { Code, ConnectError, type Interceptor } from "@connectrpc/connect"

import { createStore, type Store } from "./store.ts"

/** The call that started or ended last. `code` null: OK. */
export type LastCall =
  | { readonly kind: "none" }
  | { readonly kind: "running" | "streaming"; readonly method: string }
  | { readonly kind: "done"; readonly method: string; readonly code: Code | null; readonly durationMs: number }

/** Sees every call of a transport and keeps the last one. */
export interface LastCallMonitor {
  readonly interceptor: Interceptor
  readonly store: Store<LastCall>
}

/** Makes a monitor. `nowMs` is a clock that never jumps. */
export function createLastCallMonitor(nowMs: () => number): LastCallMonitor {
  const store = createStore<LastCall>({ kind: "none" })

  const interceptor: Interceptor = (next) => async (request) => {
    const method = request.method.name
    const startedMs = nowMs()
    const end = (code: Code | null) => store.set({ kind: "done", method, code, durationMs: nowMs() - startedMs })
    store.set({ kind: "running", method })
    try {
      const response = await next(request)
      if (response.stream) {
        store.set({ kind: "streaming", method })
        return { ...response, message: watched(response.message, request.signal, end) }
      }
      end(null)
      return response
    } catch (error) {
      end(ConnectError.from(error).code)
      throw error
    }
  }

  return { interceptor, store }
}

/** The messages of a stream as they come; `end` learns how they ended, also when their reader left. */
async function* watched<T>(messages: AsyncIterable<T>, signal: AbortSignal, end: (code: Code | null) => void) {
  let code: Code | null = null
  try {
    yield* messages
  } catch (error) {
    code = ConnectError.from(error).code
    throw error
  } finally {
    // Who leaves the loop throws nothing here, but has aborted the call.
    end(code ?? (signal.aborted ? Code.Canceled : null))
  }
}

/** The monitor of this page's transport. */
export const lastCall: LastCallMonitor = createLastCallMonitor(() => performance.now())
