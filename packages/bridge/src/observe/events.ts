import { pino, stdSerializers, stdTimeFunctions } from "pino"
import type { Observer } from "../core/observer.ts"
import { connectionEvents } from "./connection-events.ts"
import { ignoring } from "./ignoring.ts"
import { stderrSink } from "./line-sinks.ts"
import type { LineSink } from "./line-writer.ts"
import { LineWriter } from "./line-writer.ts"

/** How severe an event must be to be logged. */
export type LogLevel = "debug" | "info" | "warn" | "error"

/** Facts of an event, by name. Errors go under `cause`. No secrets, no metadata values. */
export type EventFields = Readonly<Record<string, unknown>>

/** Takes events: what happens to the bridge rather than to one call. */
export interface Log {
  debug(message: string, fields?: EventFields): void
  info(message: string, fields?: EventFields): void
  warn(message: string, fields?: EventFields): void
  /** Something is broken, in the bridge or around it, and someone should look. */
  error(message: string, fields?: EventFields): void
}

/** A log whose lines leave by themselves, at once, but not within the call. */
export interface EventLog extends Log {
  /** Resolves when every line is written or lost, within a second. */
  flush(): Promise<void>
  /** For a process that ends at once. */
  flushSync(): void
}

/** A log of JSON lines on stderr, made by pino, with the fields `time`, `level` and `msg` as in the access log. */
export function createLog(level: LogLevel, sink: LineSink = stderrSink()): EventLog {
  const writer = new LineWriter(sink, { gatherMs: 0, onFailure() {} }) // it is the log itself that has failed
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { cause: stdSerializers.err },
  }
  const lines = pino(options, { write: (line: string) => writer.write(line) })
  return {
    debug: (message, fields = {}) => lines.debug(fields, message),
    info: (message, fields = {}) => lines.info(fields, message),
    warn: (message, fields = {}) => lines.warn(fields, message),
    error: (message, fields = {}) => lines.error(fields, message),
    flush: () => writer.flush(),
    flushSync: () => writer.flushSync(),
  }
}

/** While a backend stays out of reach, one failed attempt in this time is told. */
const failureQuietMs = 10_000

/** Tells the log of what operators should see: sessions to backends, and defects of our own. */
export function createEventObserver(log: Log, now: () => number = () => performance.now()): Observer {
  const outages = new Map<string, { toldAt: number; untold: number }>()
  return {
    ...ignoring,
    ...connectionEvents(log, now),
    sessionOpened(upstream) {
      outages.delete(upstream)
      log.info("connected to the backend", { upstream })
    },
    sessionClosed(upstream) {
      log.info("a connection to the backend was closed", { upstream })
    },
    sessionFailed(upstream, { address, why }) {
      const outage = outages.get(upstream)
      if (outage !== undefined && now() - outage.toldAt < failureQuietMs) {
        outage.untold++
        return
      }
      outages.set(upstream, { toldAt: now(), untold: 0 })
      log.warn("cannot connect to the backend; trying again", {
        upstream,
        address,
        why,
        untold: outage?.untold ?? 0,
      })
    },
    crashed(where, cause, record) {
      const call =
        record === null ? null : { id: record.id, method: record.path, wire: record.wire, peer: record.peer.address }
      log.error("a defect of the bridge ended a call", { where, call, cause })
    },
  }
}
