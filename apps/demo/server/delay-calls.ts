import { setTimeout } from "node:timers/promises"

import type { Interceptor } from "@connectrpc/connect"

/** Holds each call of one service for so many milliseconds before its handler sees it; asked anew for each call. */
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
    // The timer says only that it was aborted; the signal says why, as an error that the caller may see.
    signal.throwIfAborted()
  }
}
