import { setTimeout } from "node:timers/promises"

import type { Interceptor } from "@connectrpc/connect"

/**
 * Delays each call of one service by `delayMs` milliseconds before its handler runs. `delayMs` is read for each call.
 */
export function delayCalls(serviceName: string, delayMs: () => number): Interceptor {
  return (next) => async (request) => {
    const ms = request.service.typeName === serviceName ? delayMs() : 0
    if (ms > 0) await wait(ms, request.signal)
    return next(request)
  }
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(ms, undefined, { signal })
  } catch {
    // The timer reports only an abort. The reason of the signal is an error that the caller may see.
    signal.throwIfAborted()
  }
}
