import { setTimeout as wait } from "node:timers/promises"
import { readMetrics } from "../attack/read-metrics.ts"

/** Gauges that are zero when there are no calls and no clients. */
const idleGauges = [
  "causeway_calls_in_flight",
  "causeway_connections_open",
  "causeway_upstream_streams",
  "causeway_upstream_queue",
  "causeway_upstream_retries",
  "causeway_stalled",
  "causeway_buffered_bytes",
]
const patienceMs = 30_000

/** The numbers of the bridge, read from its admin port. */
export class BridgeMetrics {
  /** How late the bridge's event loop ran a timer, at worst. */
  maxLoopDelayMs = 0
  readonly #admin: string

  constructor(admin: string) {
    this.#admin = admin
  }

  /** The sum of all samples of each name. Names with labels have a sum for each sample too. */
  async read(): Promise<ReadonlyMap<string, number>> {
    const text = await readMetrics(this.#admin)
    const sums = new Map<string, number>()
    for (const [, name, labels = "", value] of text.matchAll(/^([a-z_]+)(\{[^}]*\})? (\S+)$/gm)) {
      for (const key of new Set([name, name + labels])) sums.set(key, (sums.get(key) ?? 0) + Number(value))
    }
    this.maxLoopDelayMs = Math.max(
      this.maxLoopDelayMs,
      1_000 * (sums.get("causeway_event_loop_delay_max_seconds") ?? 0),
    )
    return sums
  }

  /** Waits for the gauges of an idle bridge with one connection to each endpoint. Returns those that stay different. */
  async leftAfter(endpoints: number): Promise<string[]> {
    const untilMs = performance.now() + patienceMs
    for (;;) {
      const sums = await this.read()
      const left = idleGauges
        .filter((name) => sums.get(name) !== 0)
        .map((name) => `${name} ${sums.get(name) ?? "is missing"}`)
      const sessions = sums.get("causeway_upstream_sessions_open") ?? 0
      if (sessions !== endpoints) left.push(`causeway_upstream_sessions_open ${sessions} for ${endpoints} endpoints`)
      if (left.length === 0 || performance.now() > untilMs) return left
      await wait(200)
    }
  }
}
