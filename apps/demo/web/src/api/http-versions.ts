import type { CallLog } from "./call-log.ts"

/**
 * Learns from the browser which version of HTTP each call went over, and writes it into the log. The browser tells at the
 * end of an answer, and of another origin only where that sends `Timing-Allow-Origin`, as the bridge does.
 */
export function learnHttpVersions(log: CallLog): void {
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (!(entry instanceof PerformanceResourceTiming)) continue
      // The oldest call of this address that is not answered for: they end about in the order in which they began.
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
