import type { GrpcContentType } from "@causeway/protocol"
import { chooseReplyWire, parseContentType, parseTimeout } from "@causeway/protocol"
import type { Call, Handler, OpenCall } from "../core/call.ts"
import { CallRecord } from "../core/call-record.ts"
import { CallPumps } from "../core/call-pumps.ts"
import { BridgeError, internalError } from "../core/errors.ts"
import type { Exchange } from "../core/exchange.ts"
import type { Observer } from "../core/observer.ts"
import type { OpenCalls } from "../core/open-calls.ts"
import type { PumpContext } from "../core/pump-context.ts"
import type { ReplyPump } from "../core/reply-pump.ts"
import type { FrameReader, ReplyWriter } from "../core/wire.ts"
import { findClientAddress } from "./client-address.ts"
import type { CorsGrant, CorsPolicy } from "./cors.ts"
import { explainRefusedOrigin } from "./explain-origin.ts"
import type { HeaderNames } from "./header-names.ts"
import type { RefusalContext } from "./refuse.ts"
import { answerPreflight, refuse } from "./refuse.ts"
import type { SortedHead } from "./sort-head.ts"
import { sortHead } from "./sort-head.ts"
import type { TrustedProxies } from "./trusted-proxies.ts"
import { createTextReader, GrpcWebTextWriter } from "./wires/grpc-web-text.ts"
import { GrpcWebWriter } from "./wires/grpc-web.ts"
import { GrpcWriter } from "./wires/grpc.ts"

/** Configuration and shared objects of request handling. */
export interface ServeOptions {
  readonly handler: Handler
  readonly cors: CorsPolicy
  readonly names: HeaderNames
  /** Null: the client's address is the peer's, and the backend gets no address. */
  readonly proxies: TrustedProxies | null
  readonly pumps: PumpContext
  readonly observer: Observer
  /** All open calls. */
  readonly calls: OpenCalls<OpenCall>
  readonly maxHeadBytes: number
}

/**
 * Starts every request: checks head, origin, method and wire, then hands a call to the stages. The observer gets the beginning
 * and the end of every request, once each, whatever happens.
 */
export function createServe(options: ServeOptions): (exchange: Exchange) => void {
  let lastId = 0
  return (exchange) => {
    const { method, target } = exchange.head
    const query = target.indexOf("?") // gRPC-Web: only the path names the method
    const path = query < 0 ? target : target.slice(0, query)
    const record = new CallRecord(++lastId, performance.now(), exchange.peer, method, path)
    options.observer.callStarted(record)
    try {
      serve(options, exchange, record)
    } catch (cause) {
      endCrashed(options, exchange, record, cause)
    }
  }
}

function serve(options: ServeOptions, exchange: Exchange, record: CallRecord): void {
  const head = sortHead(exchange.head, options.names, options.proxies?.hasPeer(exchange.peer) === true)
  if (options.proxies !== null) traceClient(options.proxies, record, head)
  const { origin } = head.slots
  record.origin = origin ?? null
  record.requestMetadata = head.metadata
  const grant = origin === undefined ? null : options.cors.grant(origin)
  const preflight = exchange.head.method === "OPTIONS" && head.slots["access-control-request-method"] !== undefined
  if (preflight && grant !== null && head.problem === null && head.bytes <= options.maxHeadBytes) {
    answerPreflight(
      exchange,
      grant,
      head.slots["access-control-request-headers"] ?? null,
      refusalContext(options, record),
    )
    endRecord(options, record, 0, null)
    return
  }
  const type = head.slots["content-type"] === undefined ? null : parseContentType(head.slots["content-type"])
  const refusal = refusalOf(exchange, head, grant, type, options.maxHeadBytes)
  if (refusal !== null) endRefused(options, exchange, record, refusal, grant)
  else if (type !== null) startCall(options, exchange, record, head, type, grant)
}

/** Finds the client behind the trusted proxies, and adds its address to the backend's metadata. */
function traceClient(proxies: TrustedProxies, record: CallRecord, { slots, metadata }: SortedHead): void {
  const client = findClientAddress(record.peer, proxies, slots["x-forwarded-for"], slots.forwarded)
  record.clientAddress = client.ip
  metadata.append("x-forwarded-for", client.forwardedFor)
  if (client.forwarded !== null) metadata.append("forwarded", client.forwarded)
}

/** The reason why the request cannot become a call, or null. Checked in this order: form, origin, method, wire. */
function refusalOf(
  exchange: Exchange,
  head: SortedHead,
  grant: CorsGrant | null,
  type: GrpcContentType | null,
  maxHeadBytes: number,
): BridgeError | null {
  const { method, target } = exchange.head
  if (head.problem !== null) return new BridgeError("bad-request", `The request was refused because ${head.problem}`)
  const { origin } = head.slots
  if (origin !== undefined && grant === null) {
    const authority = exchange.head.authority ?? head.slots.host ?? null
    return new BridgeError("origin-refused", explainRefusedOrigin(origin, authority))
  }
  // A preflight's answer repeats the names that were asked for, and HTTP/2's compression makes 4 KB of them out of one byte.
  if (method === "OPTIONS" && head.bytes > maxHeadBytes) {
    return new BridgeError("bad-request", `The request was refused because ${tooLarge(head, maxHeadBytes)}`)
  }
  if (method !== "POST") {
    return new BridgeError(
      "method-not-allowed",
      `${method} ${target.slice(0, 200)}: this is a Causeway bridge, which takes gRPC calls as POST /package.Service/Method`,
    )
  }
  if (type === null) {
    const got = head.slots["content-type"] ?? "none"
    return new BridgeError(
      "unsupported-media-type",
      `Content type ${got.slice(0, 200)} was received; application/grpc-web+proto or application/grpc-web-text+proto is expected`,
    )
  }
  if (type.wire === "grpc" && exchange.peer.carrier === "http1") {
    return new BridgeError("http2-required", "Native gRPC needs HTTP/2; over HTTP/1.1 use application/grpc-web+proto")
  }
  return null
}

function startCall(
  options: ServeOptions,
  exchange: Exchange,
  record: CallRecord,
  head: SortedHead,
  type: GrpcContentType,
  grant: CorsGrant | null,
): void {
  const { slots, metadata, trust } = head
  const timeoutMs = slots["grpc-timeout"] === undefined ? Infinity : parseTimeout(slots["grpc-timeout"])
  const clientDeadline = record.startedAt + (timeoutMs ?? Infinity)
  const encoding = slots["grpc-encoding"] ?? null
  record.wire = type.wire

  const problem = headProblem(head, timeoutMs, options.maxHeadBytes)
  // Accept is a list of any length. It is read only if the head is not too large.
  const accept = problem?.reason === "head-too-large" ? null : (slots.accept ?? null)
  const { wire, suffix } = type
  const callHead = { received: exchange.head, trust, wire, suffix, clientDeadline, metadata, encoding }
  const reader: FrameReader | null = type.wire === "grpc-web-text" ? createTextReader() : null
  const codec = { reader, writer: writerFor(type, accept, grant) }
  const pumps = new CallPumps(exchange, codec, options.pumps, record, callHead, onCrash(options, record))
  const { call, reply } = pumps
  options.calls.add(call)
  call.onEnd((status) => {
    options.calls.delete(call)
    endRecord(options, record, status.code, status.error)
  })
  try {
    pumps.start()
    if (problem === null) handle(options.handler, call, reply)
    else call.fail(problem)
  } catch (cause) {
    call.crashed("serve", cause)
  }
}

function handle(handler: Handler, call: Call, reply: ReplyPump): void {
  handler(call).then(
    (answer) => reply.reply(answer),
    (cause: unknown) => reply.crashed(cause),
  )
}

/** A problem of the head that can be reported in the page's own wire. */
function headProblem(head: SortedHead, timeoutMs: number | null, maxHeadBytes: number): BridgeError | null {
  if (head.bytes > maxHeadBytes) {
    return new BridgeError("head-too-large", `The request was refused because ${tooLarge(head, maxHeadBytes)}`)
  }
  if (timeoutMs === null) {
    return new BridgeError(
      "bad-timeout",
      "The field grpc-timeout is malformed: expected 1 to 8 digits and one of the units H M S m u n, such as 1500m",
    )
  }
  return null
}

function tooLarge(head: SortedHead, maxHeadBytes: number): string {
  return `its fields take ${head.bytes} bytes; this bridge accepts ${maxHeadBytes} (--max-head-bytes)`
}

function writerFor(type: GrpcContentType, accept: string | null, grant: CorsGrant | null): ReplyWriter {
  if (type.wire === "grpc") return new GrpcWriter(type.suffix, grant)
  const wire = chooseReplyWire(accept, type.wire)
  return wire === "grpc-web"
    ? new GrpcWebWriter(wire, type.suffix, grant)
    : new GrpcWebTextWriter(wire, type.suffix, grant)
}

function endRefused(
  options: ServeOptions,
  exchange: Exchange,
  record: CallRecord,
  error: BridgeError,
  grant: CorsGrant | null,
): void {
  refuse(exchange, error, grant, refusalContext(options, record))
  endRecord(options, record, error.code, error)
}

/** Ends a request whose entry code threw, with an error message if none was sent yet. */
function endCrashed(options: ServeOptions, exchange: Exchange, record: CallRecord, cause: unknown): void {
  const error = internalError("serve", cause)
  const context = refusalContext(options, record)
  context.onCrash("serve", cause)
  try {
    const grant = record.origin === null ? null : options.cors.grant(record.origin)
    refuse(exchange, error, grant, context)
  } catch (second) {
    context.onCrash("refusal", second)
    exchange.abort(error)
  }
  endRecord(options, record, error.code, error)
}

function refusalContext(options: ServeOptions, record: CallRecord): RefusalContext {
  return { stalls: options.pumps.stalls, onCrash: onCrash(options, record) }
}

function onCrash(options: ServeOptions, record: CallRecord): (where: string, cause: unknown) => void {
  return (where, cause) => options.observer.crashed(where, cause, record)
}

function endRecord(options: ServeOptions, record: CallRecord, code: number, error: BridgeError | null): void {
  record.endedAt = performance.now()
  record.code = code
  record.error = error
  options.observer.callEnded(record)
}
