import type { CallRecord } from "../core/call-record.ts"
import type { Reason } from "../core/errors.ts"
import { reasonTable } from "../core/errors.ts"
import type { Observer } from "../core/observer.ts"
import { connectionFailures, connectionRefusals } from "../core/observer.ts"
import { GoneUpstreams } from "./gone-upstreams.ts"
import { ignoring } from "./ignoring.ts"
import { MethodMetrics } from "./method-metrics.ts"
import { addMirrorMetrics } from "./mirror-metrics.ts"
import { addProcessMetrics } from "./process-metrics.ts"
import type { RetryMetrics } from "./retry-metrics.ts"
import { addRetryMetrics } from "./retry-metrics.ts"
import type { Sample } from "./registry.ts"
import { Registry } from "./registry.ts"

/** The metrics of one bridge. */
export interface Metrics {
  readonly observer: Observer
  /** Other parts register their own numbers here: `registry.gauge(name, help, read)`. */
  readonly registry: Registry
  /**
   * All metrics in Prometheus' text format 0.0.4. Starts a new interval for metrics that cover the time between two scrapes. Series
   * of upstreams other than these end after some minutes.
   */
  expose(upstreams: Iterable<string>): string
  /** Ends the series of other upstreams than these as `expose` does. After a reload: a bridge that nobody scrapes forgets them too. */
  keepUpstreams(upstreams: Iterable<string>): void
  /** Stops measuring the event loop. */
  close(): void
}

/** Creates the metrics. Each call costs a map look-up and a few additions at its beginning and at its end. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  const retries = addRetryMetrics(registry)
  const calls = callObserver(registry, retries)
  const mirrors = addMirrorMetrics(registry)
  const observer = {
    ...ignoring,
    ...calls,
    ...connectionObserver(registry),
    ...sessionObserver(registry),
    ...mirrors.observer,
  }
  const processMetrics = addProcessMetrics(registry)
  const gone = new GoneUpstreams()
  const keepUpstreams = (upstreams: Iterable<string>): void => {
    const present = new Set(upstreams)
    gone.notice(registry.labelValues("upstream"), present, performance.now())
    const isKept = (upstream: string): boolean => present.has(upstream) || gone.has(upstream)
    registry.retain("upstream", isKept)
    mirrors.retain(isKept)
    for (const upstream of present) retries.show(upstream)
  }
  return {
    observer,
    registry,
    keepUpstreams,
    expose(upstreams) {
      keepUpstreams(upstreams)
      const text = registry.expose()
      processMetrics.scraped()
      return text
    },
    close: () => processMetrics.close(),
  }
}

function callObserver(
  registry: Registry,
  retries: RetryMetrics,
): Pick<Observer, "callStarted" | "callEnded" | "crashed"> {
  const methods = new MethodMetrics(registry)
  let inFlight = 0
  registry.gauge("causeway_calls_in_flight", "Calls in progress.", () => inFlight)
  const refused = reasonCounters(
    registry,
    "causeway_refused_total",
    "Requests refused before they had a backend, by reason.",
  )
  const cut = reasonCounters(
    registry,
    "causeway_ended_by_bridge_total",
    "Calls with a backend that the bridge ended itself, by reason.",
  )
  const requestBytes = registry.counter("causeway_request_bytes_total", "Bytes of request bodies from clients.")
  const replyBytes = registry.counter(
    "causeway_reply_bytes_total",
    "Bytes of messages from backends, with their prefixes.",
  )
  const replyMessages = registry.counter("causeway_reply_messages_total", "Messages to clients.")
  const crashes = registry.counter(
    "causeway_crashes_total",
    "Exceptions of the bridge's own code; the log has each. Alert on any.",
  )
  return {
    callStarted(record) {
      inFlight++
      methods.started(record)
    },
    callEnded(record: CallRecord) {
      inFlight--
      methods.ended(record)
      record.tally?.ended.add(record.code)
      retries.ended(record)
      requestBytes.value += record.requestBytes
      replyBytes.value += record.replyBytes
      replyMessages.value += record.replyMessages
      if (record.error !== null) (record.upstream === null ? refused : cut)[record.error.reason].value++
    },
    crashed() {
      crashes.value++
    },
  }
}

function connectionObserver(
  registry: Registry,
): Pick<
  Observer,
  "connectionOpened" | "connectionClosed" | "connectionRefused" | "connectionFailed" | "descriptorsExhausted"
> {
  const opened = registry.counter("causeway_connections_opened_total", "Connections of clients that were accepted.")
  const closed = registry.counter("causeway_connections_closed_total", "Connections of clients that have closed.")
  const bindRefused = registry.counters(
    "causeway_connections_refused_total",
    "Connections of clients that were turned away before a byte was read, by reason.",
    ["reason"],
  )
  const refused = Object.fromEntries(connectionRefusals.map((why) => [why, bindRefused([why])]))
  const bindFailed = registry.counters(
    "causeway_connections_failed_total",
    "Connections of clients that failed outside any call, by reason.",
    ["reason"],
  )
  const failed = Object.fromEntries(connectionFailures.map((reason) => [reason, bindFailed([reason])]))
  const exhausted = registry.counter(
    "causeway_descriptors_exhausted_total",
    "Seconds in which the process could open no further file or socket. Alert on any.",
  )
  registry.gauge(
    "causeway_connections_open",
    "Connections of clients that are open.",
    () => opened.value - closed.value,
  )
  return {
    connectionOpened: () => void opened.value++,
    connectionClosed: () => void closed.value++,
    connectionRefused: (why) => void refused[why].value++,
    connectionFailed: (reason) => void failed[reason].value++,
    descriptorsExhausted: () => void exhausted.value++,
  }
}

function sessionObserver(registry: Registry): Pick<Observer, "sessionOpened" | "sessionClosed" | "sessionFailed"> {
  const family = (what: string, help: string): ((upstream: string) => Sample) => {
    const bind = registry.counters(`causeway_upstream_sessions_${what}_total`, help, ["upstream"])
    return (upstream) => bind([upstream])
  }
  const opened = family("opened", "Connections to the backend that were made.")
  const closed = family("closed", "Connections to the backend that have closed.")
  const failed = family("failed", "Connections to the backend that could not be made.")
  let open = 0
  registry.gauge("causeway_upstream_sessions_open", "Connections to the backend that are open.", () => open)
  return {
    sessionOpened(upstream) {
      open++
      opened(upstream).value++
    },
    sessionClosed(upstream) {
      open--
      closed(upstream).value++
    },
    sessionFailed: (upstream) => void failed(upstream).value++,
  }
}

/** One counter per reason, present from the start: a series that appears with its first event has no rate. */
function reasonCounters(registry: Registry, name: string, help: string): Readonly<Record<Reason, Sample>> {
  const bind = registry.counters(name, help, ["reason"])
  const counters = Object.keys(reasonTable).map((reason) => [reason, bind([reason])])
  return Object.fromEntries(counters) as Record<Reason, Sample>
}
