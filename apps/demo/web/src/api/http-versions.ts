import type { CallLog } from "./call-log.ts"

/**
 * Reads the HTTP version of each call from the browser and writes it into the log. The browser reports it at the end of
 * an answer. For another origin it does so only if that sends `Timing-Allow-Origin`, as the bridge does.
 */
export function learnHttpVersions(log: CallLog): void {
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (!(entry instanceof PerformanceResourceTiming)) continue
      // The oldest call of this address without a version: calls end roughly in the order in which they began.
      const call = log.store
        .get()
        .calls.findLast(
          ({ url, httpVersion, startedMs }) =>
            url === entry.name && httpVersion === null && startedMs <= entry.startTime,
        )
      if (call !== undefined) log.change(call.id, () => ({ httpVersion: entry.nextHopProtocol }))
    }
  })
  observer.observe({ type: "resource" })
}
