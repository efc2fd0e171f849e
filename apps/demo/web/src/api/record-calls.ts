import type { DescMessage, Message } from "@bufbuild/protobuf"
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect"

import type { CallLog } from "./call-log.ts"
import type { HeaderLine } from "./call-record.ts"
import { watchBody } from "./watch-body.ts"

/** What a transport needs to have its calls recorded. Both belong to the same transport. */
export interface CallRecorder {
  /** Sees messages, headers, trailers and the status. */
  readonly interceptor: Interceptor
  /** Sees bytes and HTTP. */
  readonly fetch: typeof globalThis.fetch
  /** Breaks the answer of a call that is open, as a network would; the client sees the same as if a cable were pulled. */
  readonly cut: (id: number) => void
}

/** Tells the fetch wrapper which call a request is of. It goes from one to the other and never leaves the page. */
const idHeader = "x-recorded-call"

/** What the recorder works with; the browser's own by default. */
interface RecorderParts {
  readonly fetch?: typeof globalThis.fetch
  /** A clock that never jumps. */
  readonly nowMs?: () => number
}

/** Records the calls of one transport. */
export function recordCalls(log: CallLog, parts: RecorderParts = {}): CallRecorder {
  const { fetch = (...request) => globalThis.fetch(...request), nowMs = () => performance.now() } = parts

  const cuts = new Map<number, () => void>()

  const interceptor: Interceptor = (next) => async (request) => {
    const { method, url, header } = request
    const startedMs = nowMs()
    const id = log.add({ ...untouched, method, url, startTimeMs: Date.now(), startedMs, requestHeader: lines(header) })
    const note = (side: "request" | "response", schema: DescMessage) => (value: Message) =>
      log.addMessage(id, side, { schema, value, atMs: nowMs() - startedMs })
    const sent = note("request", method.input)
    const came = note("response", method.output)
    const end = (error: unknown) => {
      const code = error === null ? null : ConnectError.from(error).code
      const trailer = error instanceof ConnectError ? { trailer: lines(error.metadata) } : {}
      log.change(id, () => ({ ...trailer, phase: { kind: "done", code, error, durationMs: nowMs() - startedMs } }))
    }

    header.set(idHeader, String(id))
    if (!request.stream) sent(request.message)
    try {
      const response = await next(request.stream ? { ...request, message: passing(request.message, sent) } : request)
      log.change(id, () => ({ responseHeader: lines(response.header), trailer: lines(response.trailer) }))
      if (!response.stream) {
        came(response.message)
        end(null)
        return response
      }
      log.change(id, () => ({ phase: { kind: "streaming" } }))
      const { signal } = request
      const ended = (error: unknown) => {
        log.change(id, () => ({ trailer: lines(response.trailer) }))
        // Who leaves the loop throws nothing, but has aborted the call.
        end(error ?? (signal.aborted ? new ConnectError("The reader left.", Code.Canceled) : null))
      }
      return { ...response, message: passing(response.message, came, ended) }
    } catch (error) {
      end(error)
      throw error
    }
  }

  const recordingFetch: typeof globalThis.fetch = async (input, init) => {
    const headers = new Headers(init?.headers)
    const id = Number(headers.get(idHeader))
    headers.delete(idHeader)
    const requestBytes = init?.body instanceof Uint8Array ? init.body.byteLength : 0
    log.change(id, ({ attempts }) => ({
      attempts: attempts + 1,
      requestBytes,
      responseBytes: 0,
      requestHeader: lines(headers),
    }))
    const response = await fetch(input, { ...init, headers })
    log.change(id, () => ({ httpStatus: response.status }))
    if (response.body === null) return response
    const watched = watchBody(response.body, {
      onBytes: (count) => log.change(id, ({ responseBytes }) => ({ responseBytes: responseBytes + count })),
      onEnd: () => cuts.delete(id),
    })
    cuts.set(id, watched.cut)
    return new Response(watched.body, { status: response.status, headers: response.headers })
  }

  return { interceptor, fetch: recordingFetch, cut: (id) => cuts.get(id)?.() }
}

/** A call before anything has happened. */
const untouched = {
  phase: { kind: "running" },
  attempts: 0,
  requestBytes: 0,
  responseBytes: 0,
  httpStatus: null,
  httpVersion: null,
  responseHeader: [],
  trailer: [],
  requests: [],
  requestCount: 0,
  responses: [],
  responseCount: 0,
} as const

function lines(headers: Headers): HeaderLine[] {
  return [...headers].filter(([name]) => name !== idHeader)
}

/** The messages as they pass; `ended` learns how they ended, null for well, also when their reader left. */
async function* passing<T>(messages: AsyncIterable<T>, seen: (message: T) => void, ended?: (error: unknown) => void) {
  let failure: unknown = null
  try {
    for await (const message of messages) {
      seen(message)
      yield message
    }
  } catch (error) {
    failure = error
    throw error
  } finally {
    ended?.(failure)
  }
}
