import type { DescMessage, Message } from "@bufbuild/protobuf"
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect"

import type { CallLog } from "./call-log.ts"
import type { HeaderLine } from "./call-record.ts"
import { watchBody } from "./watch-body.ts"

/** The interceptor and the `fetch` that record the calls of a transport. Use both with one transport. */
export interface CallRecorder {
  /** Sees messages, headers, trailers and the status. */
  readonly interceptor: Interceptor
  /** Sees bytes and HTTP. */
  readonly fetch: typeof globalThis.fetch
  /** Breaks the answer of an open call, like a broken network connection. */
  readonly cut: (id: number) => void
}

/**
 * The header that tells the fetch wrapper which call a request belongs to. The wrapper removes it, so it never leaves
 * the page.
 */
const idHeader = "x-recorded-call"

/** The platform functions of the recorder; the browser's by default. */
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
        // A consumer that leaves the loop throws nothing, but aborts the call.
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

/**
 * Passes messages on and records them. `ended` is called with the error, or with null after a normal end or when the
 * consumer left.
 */
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
