import { setTimeout as after } from "node:timers/promises"

/** Waits until the condition holds; rejects, naming it, when it does not within `timeoutMs` (default 20,000). */
export async function waitFor(condition: () => boolean, options: { readonly timeoutMs?: number } = {}): Promise<void> {
  const { timeoutMs = 20_000 } = options
  const until = performance.now() + timeoutMs
  while (!condition()) {
    if (performance.now() > until) throw new Error(`not within ${timeoutMs} ms: ${condition.toString()}`)
    await after(2)
  }
}
