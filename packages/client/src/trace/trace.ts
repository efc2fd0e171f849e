import type { ConnectError, Interceptor } from "@connectrpc/connect"
import { codeName } from "@causeway/protocol"
import { observeCall } from "../observe-call.ts"
import { quietly } from "../quietly.ts"

/**
 * What a span says from its start on, by the names of OpenTelemetry's conventions for RPC (1.45). A type and not an
 * interface, so that it can be given to a tracer as it is.
 */
export type StartAttributes = {
  readonly "rpc.system.name": "grpc"
  /** `package.Service/Method`; also the name that the span should have. */
  readonly "rpc.method": string
}

/** What it says from its end on. */
export type EndAttributes = {
  /** `OK`, `NOT_FOUND`, … */
  readonly "rpc.status_code": string
  /** The same, of a call that failed. */
  readonly "error.type"?: string
}

/** A span of the application's tracer. */
export interface CallSpan {
  /** Sent to the server (W3C Trace Context). One that is not well-formed is not sent. */
  readonly traceparent?: string
  /** Sent beside a `traceparent`. */
  readonly tracestate?: string
  /** Called when the call has ended: a stream's when its last message was taken, or it failed, or was left. */
  end?(attributes: EndAttributes, error: ConnectError | undefined): void
}

/** The options of `trace`. */
export interface TraceOptions {
  /**
   * Called at the start of each call, or of each attempt if `retry` stands outside. What it gives has the context to send,
   * and is told of the end; undefined: this call is not traced.
   */
  readonly startSpan: (attributes: StartAttributes) => CallSpan | undefined
}

/**
 * An interceptor that sends the context of a trace with each call and tells a tracer how it went. It knows no tracer: what
 * is OpenTelemetry's stays with the application. A tracer that throws breaks no call.
 *
 * ```ts
 * trace({ startSpan: () => ({ traceparent: currentTraceparent() }) })
 * ```
 */
export function trace({ startSpan }: TraceOptions): Interceptor {
  return (next) => (request) => {
    const { service, method, header } = request
    const span = quietly(() =>
      startSpan({ "rpc.system.name": "grpc", "rpc.method": `${service.typeName}/${method.name}` }),
    )
    if (span === undefined) return next(request)
    setContext(header, span)
    return observeCall(next, request, { onEnd: (error) => span.end?.(endAttributes(error), error) })
  }
}

/** W3C Trace Context §3.2: version, trace id, parent id, flags; neither id is all zeros. */
const wellFormed = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/

function setContext(header: Headers, { traceparent, tracestate }: CallSpan): void {
  if (traceparent === undefined || !wellFormed.test(traceparent)) return
  header.set("traceparent", traceparent)
  // A value that HTTP cannot carry.
  if (tracestate) quietly(() => header.set("tracestate", tracestate))
}

function endAttributes(error: ConnectError | undefined): EndAttributes {
  const status = codeName(error?.code ?? 0)
  return { "rpc.status_code": status, ...(error && { "error.type": status }) }
}
