import type { Interceptor } from "@connectrpc/connect"
import { codeName } from "@causeway/protocol"
import { observeCall } from "../observe-call.ts"
import { attemptsOf } from "../retry/attempt-count.ts"

/** How loud an entry is, by the names of `console`. */
export type LogLevel = "debug" | "info" | "warn" | "error"

/** What is known of a call when it has ended. */
export interface LogEntry {
  readonly level: LogLevel
  /** `package.Service/Method`. */
  readonly method: string
  /** `OK`, `NOT_FOUND`, … */
  readonly code: string
  /** What a failed call says of itself; without its metadata, its details and its cause. */
  readonly error?: string
  readonly durationMs: number
  /** How many attempts it took, where `retry` stands inside; which one it was, where it stands outside. */
  readonly attempts?: number
  /** The length of the answer's body, where the server says it in its headers. */
  readonly responseBytes?: number
  /** How many messages a stream took and gave. */
  readonly sentCount?: number
  readonly receivedCount?: number
  /** The messages of a unary call, if they were asked for. */
  readonly request?: object
  readonly response?: object
}

/** The options of `logger`. */
export interface LoggerOptions {
  /** Where the entries go. Default: the method of `console` that is called as the level is. */
  readonly sink?: (entry: LogEntry) => void
  /** How loud the entry of a call is. Default: `debug` for OK and CANCELLED, `error` for what is a defect of a server, else `warn`. */
  readonly levelOf?: (code: string) => LogLevel
  /** Whether the entry of a unary call holds its messages. Default: false. */
  readonly hasMessages?: boolean
}

/**
 * An interceptor that makes one entry of each call when it has ended, a stream's too. Outermost it logs what the
 * application sees; inside of `retry` it logs attempts. A sink that throws breaks no call.
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

/** What a server or the way to it does wrong is an error; what a caller may have asked for is a warning. */
function defaultLevelOf(code: string): LogLevel {
  if (code === "OK" || code === "CANCELLED") return "debug"
  return /^(UNKNOWN|INTERNAL|UNAVAILABLE|DATA_LOSS|UNIMPLEMENTED|DEADLINE_EXCEEDED)$/.test(code) ? "error" : "warn"
}

function toConsole(entry: LogEntry): void {
  console[entry.level](`${entry.method} ${entry.code} ${entry.durationMs.toFixed(0)} ms`, entry)
}
