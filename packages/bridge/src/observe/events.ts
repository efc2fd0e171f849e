import { pino, stdSerializers, stdTimeFunctions } from "pino"
import type { Observer } from "../core/observer.ts"
import { connectionEvents } from "./connection-events.ts"
import { ignoring } from "./ignoring.ts"
import { stderrSink } from "./line-sinks.ts"
import type { LineSink } from "./line-writer.ts"
import { LineWriter } from "./line-writer.ts"
import type { Log, LogLevel } from "./log.ts"
import { Repeats } from "./repeats.ts"

/** A log that writes its lines soon, but not within the call that logs. */
export interface EventLog extends Log {
  /** Resolves when every line is written or lost, after at most one second. */
  flush(): Promise<void>
  /** Writes the waiting lines synchronously, for a process that ends at once. */
  flushSync(): void
}

/** A log of JSON lines on stderr, written by pino, with the fields `time`, `level` and `msg` as in the access log. */
export function createLog(level: LogLevel, sink: LineSink = stderrSink()): EventLog {
  const writer = new LineWriter(sink, { gatherMs: 0, onFailure() {} }) // a failure cannot be logged, since the log itself has failed
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { cause: stdSerializers.err },
  }
  const lines = pino(options, { write: (line: string) => writer.write(line) })
  return {
    setLevel(level) {
      lines.level = level
    },
    debug: (message, fields = {}) => lines.debug(fields, message),
    info: (message, fields = {}) => lines.info(fields, message),
    warn: (message, fields = {}) => lines.warn(fields, message),
    error: (message, fields = {}) => lines.error(fields, message),
    flush: () => writer.flush(),
    flushSync: () => writer.flushSync(),
  }
}

/** Logs the events that matter to operators: connections, and defects of the bridge. */
export function createEventObserver(log: Log, now: () => number = () => performance.now()): Observer {
  /** Backends whose name has several addresses: logged once each. */
  const manyAddressed = new Set<string>()
  const failures = new Repeats(now)
  const losses = new Repeats(now)
  const healthChanges = new Repeats(now)
  return {
    ...ignoring,
    ...connectionEvents(log, now),
    sessionOpened(upstream, endpoint, address, addressesOfName) {
      const failedAttempts = failures.forget(endpoint)
      const isBack = failedAttempts > 0
      log.info(isBack ? "connected to the backend again" : "connected to the backend", {
        upstream,
        endpoint,
        address,
        ...(isBack ? { failedAttempts } : {}),
      })
      if (addressesOfName > 1 && !manyAddressed.has(endpoint)) {
        manyAddressed.add(endpoint)
        log.info(
          "the backend's name has several addresses; each connection uses the first that answers (dns:/// uses all)",
          {
            upstream,
            endpoint,
            address,
            addresses: addressesOfName,
          },
        )
      }
    },
    sessionClosed(upstream, { endpoint, address, why, cause }) {
      if (cause === null) {
        log.info("a connection to the backend was closed", { upstream, endpoint, address, why })
        return
      }
      const sinceLastLine = losses.add(endpoint)
      if (sinceLastLine === 0) return
      log.warn("a connection to the backend was lost, and its open calls failed", {
        upstream,
        endpoint,
        address,
        why,
        sinceLastLine,
      })
    },
    endpointHealthChanged(upstream, endpoint, isHealthy, why) {
      // A backend that is watched may change its mind with every message.
      const sinceLastLine = healthChanges.add(`${endpoint} ${isHealthy}`)
      if (sinceLastLine === 0) return
      const fields = { upstream, endpoint, why, ...(sinceLastLine > 1 ? { sinceLastLine } : {}) }
      if (isHealthy) log.info("an endpoint gets calls", fields)
      else log.warn("an endpoint gets no calls", fields)
    },
    nameFailed(upstream, address, why) {
      log.warn("an endpoint's name does not resolve; the addresses that were known before stay in use", {
        upstream,
        address,
        why,
      })
    },
    sessionFailed(upstream, { endpoint, address, why }) {
      const sinceLastLine = failures.add(endpoint)
      if (sinceLastLine === 0) return
      log.warn("cannot connect to the backend; trying again", {
        upstream,
        endpoint,
        address,
        why,
        sinceLastLine,
      })
    },
    crashed(where, cause, record) {
      const call =
        record === null ? null : { id: record.id, method: record.path, wire: record.wire, peer: record.peer.address }
      const effect = call === null ? "the bridge keeps running" : "it ended one call"
      log.error(`a defect in the bridge; ${effect}. Please report this line`, { where, call, cause })
    },
  }
}
