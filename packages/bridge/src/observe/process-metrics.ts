import { monitorEventLoopDelay } from "node:perf_hooks"
import type { Registry } from "./registry.ts"

/** Callbacks for the end of a scrape, and for the end of measuring. */
export interface ProcessMetrics {
  /** Call after a scrape: the event loop's delays are those since the last one. */
  scraped(): void
  close(): void
}

/** Interval of the timer that measures the delay. The measured delay includes it. */
const resolutionMs = 20

/** Adds the process's CPU, memory and event loop, under the names of Prometheus' client libraries where they exist. */
export function addProcessMetrics(registry: Registry): ProcessMetrics {
  registry.readCounter("process_cpu_seconds_total", "CPU time of the process, user and system, in seconds.", () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })
  const startedAt = Date.now() / 1_000 - process.uptime()
  registry.gauge("process_start_time_seconds", "When the process began, in seconds since 1970.", () => startedAt)
  registry.gauge("process_resident_memory_bytes", "Memory of the process that is in RAM, in bytes.", () =>
    process.memoryUsage.rss(),
  )
  const delay = monitorEventLoopDelay({ resolution: resolutionMs })
  delay.enable()
  const seconds = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - resolutionMs / 1e3)
  registry.gauge(
    "causeway_event_loop_delay_max_seconds",
    "How late the event loop ran a timer, at worst since the last scrape, in seconds.",
    () => seconds(delay.max),
  )
  registry.gauge(
    "causeway_event_loop_delay_p99_seconds",
    "How late the event loop ran a timer in 99 of 100 cases since the last scrape, in seconds.",
    () => seconds(delay.percentile(99)),
  )
  return { scraped: () => delay.reset(), close: () => void delay.disable() }
}
