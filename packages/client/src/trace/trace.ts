import type { ConnectError, Interceptor } from "@connectrpc/connect"
import { codeName } from "@causeway/protocol"
import { observeCall } from "../observe-call.ts"
import { quietly } from "../quietly.ts"

/**
 * The attributes of a span at its start, with the names of OpenTelemetry's conventions for RPC (1.45). A type and not
 * an interface, so that a tracer accepts it directly.
 */
export type StartAttributes = {
  readonly "rpc.system.name": "grpc"
  /** `package.Service/Method`; also the name that the span should have. */
  readonly "rpc.method": string
}

/** The attributes of a span at its end. */
export type EndAttributes = {
  /** `OK`, `NOT_FOUND`, … */
  readonly "rpc.status_code": string
  /** The code of a failed call; absent for OK. */
  readonly "error.type"?: string
}

/** A span of the application's tracer. */
export interface CallSpan {
  /** Sent to the server (W3C Trace Context). A malformed value is not sent. */
  readonly traceparent?: string
  /** Sent only together with a `traceparent`. */
  readonly tracestate?: string
  /**
   * Called when the call has ended. A stream ends when its last message was read, when it fails, or when the consumer
   * leaves.
   */
  end?(attributes: EndAttributes, error: ConnectError | undefined): void
}

/** The options of `trace`. */
export interface TraceOptions {
  /**
   * Called at the start of each call, or of each attempt if `retry` is outside. Returns the span, with the context to
   * send. Undefined: this call is not traced.
   */
  readonly startSpan: (attributes: StartAttributes) => CallSpan | undefined
}

/**
 * An interceptor that sends a trace context with each call and reports the end of the call to a span. It depends on no
 * tracer: the application connects it to OpenTelemetry. A tracer that throws does not break the call.
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
  // Ignores a value that HTTP cannot carry.
  if (tracestate) quietly(() => header.set("tracestate", tracestate))
}

function endAttributes(error: ConnectError | undefined): EndAttributes {
  const status = codeName(error?.code ?? 0)
  return { "rpc.status_code": status, ...(error && { "error.type": status }) }
}
