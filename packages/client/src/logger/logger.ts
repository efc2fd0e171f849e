import type { Interceptor } from "@connectrpc/connect"
import { codeName } from "@causeway/protocol"
import { observeCall } from "../observe-call.ts"
import { attemptsOf } from "../retry/attempt-count.ts"

/** The level of an entry, named like the methods of `console`. */
export type LogLevel = "debug" | "info" | "warn" | "error"

/** The log entry of one finished call. */
export interface LogEntry {
  readonly level: LogLevel
  /** `package.Service/Method`. */
  readonly method: string
  /** `OK`, `NOT_FOUND`, … */
  readonly code: string
  /** The message of the error, without metadata, details and cause. */
  readonly error?: string
  readonly durationMs: number
  /** The number of attempts if `retry` is inside the logger; the number of this attempt if `retry` is outside. */
  readonly attempts?: number
  /** The length of the answer's body, if the server gives it in its headers. */
  readonly responseBytes?: number
  /** The number of messages that a stream sent and received. */
  readonly sentCount?: number
  readonly receivedCount?: number
  /** The messages of a unary call, with `hasMessages`. */
  readonly request?: object
  readonly response?: object
}

/** The options of `logger`. */
export interface LoggerOptions {
  /** Receives the entries. Default: the method of `console` with the name of the level. */
  readonly sink?: (entry: LogEntry) => void
  /**
   * Chooses the level. Default: `debug` for OK and CANCELLED, `error` for codes that point to a defect of a server or
   * the network, else `warn`.
   */
  readonly levelOf?: (code: string) => LogLevel
  /** Whether the entry of a unary call contains its messages. Default: false. */
  readonly hasMessages?: boolean
}

/**
 * An interceptor that writes one entry for each call, streams included, when the call has ended. As the outermost
 * interceptor it logs the calls of the application; inside `retry` it logs attempts. A sink that throws does not break
 * the call.
 *
 * ```ts
 * logger({ sink: (entry) => beacon(entry) })
 * ```
 */
export function logger(options: LoggerOptions = {}): Interceptor {
  const { sink = toConsole, levelOf = defaultLevelOf, hasMessages = false } = options
  return (next) => (request) => {
    const startMs = performance.now()
    let header = new Headers()
    let sentCount = 0
    let receivedCount = 0
    let response: object | undefined
    return observeCall(next, request, {
      onHeader: (came) => (header = came),
      onRequest: () => sentCount++,
      onResponse(message) {
        receivedCount++
        response = message
      },
      onEnd(error) {
        const code = codeName(error?.code ?? 0)
        const attempts = attemptsOf(request.signal)
        const bytes = header.get("content-length")
        sink({
          level: levelOf(code),
          method: `${request.service.typeName}/${request.method.name}`,
          code,
          durationMs: performance.now() - startMs,
          ...(error && { error: error.rawMessage }),
          ...(attempts !== undefined && { attempts }),
          ...(bytes !== null && { responseBytes: Number(bytes) }),
          ...(request.stream && { sentCount, receivedCount }),
          ...(hasMessages && !request.stream && { request: request.message, response }),
        })
      },
    })
  }
}

/** Failures of a server or of the network are errors; failures that a caller may have caused are warnings. */
function defaultLevelOf(code: string): LogLevel {
  if (code === "OK" || code === "CANCELLED") return "debug"
  return /^(UNKNOWN|INTERNAL|UNAVAILABLE|DATA_LOSS|UNIMPLEMENTED|DEADLINE_EXCEEDED)$/.test(code) ? "error" : "warn"
}

function toConsole(entry: LogEntry): void {
  console[entry.level](`${entry.method} ${entry.code} ${entry.durationMs.toFixed(0)} ms`, entry)
}
