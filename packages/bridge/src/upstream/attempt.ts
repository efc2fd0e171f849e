import { constants } from "node:http2"
import { Code, emptyMetadata, parseContentType } from "@causeway/protocol"
import type { Handler, Timed } from "../core/call.ts"
import { BridgeError } from "../core/errors.ts"
import type { Reply, ReplySink, ReplySource, Status } from "../core/reply.ts"
import { statusOf } from "../core/reply.ts"
import type { Lost, UpstreamStream } from "../core/upstream-stream.ts"
import type { CallEndpoint, StreamRequester } from "../core/upstream.ts"
import { callFields } from "./call-fields.ts"
import type { NonGrpcBodyReader } from "./non-grpc-body.ts"
import { NonGrpcBody, nonGrpcAnswer } from "./non-grpc-body.ts"
import { errorOf } from "./h2-errors.ts"
import { fieldOf, hasStatus, readMetadata, readStatus } from "./reply-fields.ts"

/** The innermost handler: opens one stream to the backend, and translates the answer into gRPC's terms. */
export const attempt: Handler<Timed> = (call) =>
  new Promise((resolve, reject) => {
    new Attempt(call, resolve, reject).begin()
  })

type State =
  | "acquiring" // no stream yet
  | "asked" // the request was sent
  | "nonGrpc" // an answer that is not gRPC: its beginning is read for the error message
  | "replied" // the reply was returned; this object is its source
  | "over"

/** A backend with a coarser clock may reach the deadline this much before us. */
const deadlineSlackMs = 5

class Attempt implements StreamRequester, ReplySource, NonGrpcBodyReader {
  readonly #call: Timed
  readonly #resolve: (reply: Reply) => void
  readonly #reject: (error: BridgeError) => void
  #state: State = "acquiring"
  #stream: UpstreamStream | null = null
  /** The endpoint that waits to hear how the attempt ends. */
  #endpoint: CallEndpoint | null = null
  #nonGrpc: NonGrpcBody | null = null
  #sink: ReplySink | null = null
  /** The end of the stream, if it came before the reply was started. */
  #early: Status | null = null
  /** Ends the attempt if the backend sends no head in time. Null: it has time until the deadline. */
  #timer: NodeJS.Timeout | null = null

  constructor(call: Timed, resolve: (reply: Reply) => void, reject: (error: BridgeError) => void) {
    this.#call = call
    this.#resolve = resolve
    this.#reject = reject
  }

  get hash(): number {
    return this.#call.hash
  }

  get avoid(): readonly string[] {
    return this.#call.avoid
  }

  get clientAddress(): string {
    return this.#call.record.clientAddress
  }

  begin(): void {
    this.#call.record.attempts++
    this.#call.onEnd((end) => this.#callEnded(end))
    if (this.#state === "over") return // the call ended before this attempt began
    this.#call.route.upstream.acquire(this)
  }

  fields(endpoint: CallEndpoint): string[] {
    return callFields(this.#call, endpoint)
  }

  opened(stream: UpstreamStream, endpoint: CallEndpoint): void {
    this.#state = "asked"
    this.#call.record.endpoint = endpoint.name
    this.#stream = stream
    this.#endpoint = endpoint
    const limitMs = this.#call.route.retry?.perAttemptMs ?? null
    if (limitMs !== null) this.#timer = setTimeout(() => this.#timedOut(limitMs), limitMs)
    this.#call.request.attach(stream)
  }

  refused(error: BridgeError): void {
    this.#finish(error)
  }

  // The backend's answer.

  head(httpStatus: number, fields: readonly string[], isLast: boolean): void {
    if (this.#state !== "asked") return
    this.#stopTimer()
    const contentType = fieldOf(fields, "content-type")
    if (isLast) this.#headOnly(httpStatus, fields, contentType)
    else if (httpStatus !== 200 || contentType === null || parseContentType(contentType)?.wire !== "grpc") {
      this.#state = "nonGrpc"
      this.#nonGrpc = new NonGrpcBody(httpStatus, contentType, this)
      this.#stream?.start()
    } else {
      const metadata = readMetadata(fields, this.#call.route.passesCookies)
      this.#call.record.isAnswered = true
      this.#state = "replied"
      this.#resolve({ kind: "stream", metadata, contentType, source: this })
    }
  }

  #headOnly(httpStatus: number, fields: readonly string[], contentType: string | null): void {
    if (httpStatus !== 200 && !hasStatus(fields)) {
      this.#finish(nonGrpcAnswer(httpStatus, contentType ?? "no content type", new Uint8Array()))
      return
    }
    // Trailers-Only: every field is a trailer.
    const { code, message, metadata, error } = readStatus(fields, this.#call.route.passesCookies)
    this.#call.record.isAnswered = error === null
    this.#state = "over"
    this.#tellEndpoint(code, fields)
    this.#resolve({ kind: "status", metadata, status: { code, message, metadata: emptyMetadata, error } })
  }

  data(chunk: Uint8Array): void {
    if (this.#state === "replied") this.#sink?.data(chunk)
    else this.#nonGrpc?.push(chunk)
  }

  end(trailers: readonly string[] | null): void {
    if (this.#state === "replied") {
      const status = readStatus(trailers ?? [])
      this.#tellEndpoint(status.code, trailers ?? [])
      this.#endReply(status)
    } else if (this.#state === "nonGrpc") this.#endNonGrpc(trailers)
  }

  /** An error status in gRPC trailers wins over the HTTP status. An OK cannot be believed, since the messages are lost. */
  #endNonGrpc(trailers: readonly string[] | null): void {
    const status = trailers === null || !hasStatus(trailers) ? null : readStatus(trailers)
    if (status === null || status.code === 0) {
      this.#nonGrpc?.end()
      return
    }
    this.#nonGrpc?.cancel()
    this.#state = "over"
    this.#tellEndpoint(status.code, trailers ?? [])
    this.#resolve({ kind: "status", metadata: emptyMetadata, status })
  }

  lost(how: Lost): void {
    const { deadline } = this.#call
    const error = errorOf(how, deadline - performance.now() <= deadlineSlackMs)
    if (this.#state === "nonGrpc") this.#nonGrpc?.end()
    else if (this.#state === "replied") {
      this.#tellEndpoint(error.code, [])
      this.#endReply(statusOf(error))
    } else this.#finish(error)
  }

  nonGrpc(error: BridgeError): void {
    this.#finish(error)
  }

  drained(): void {
    this.#call.request.upstreamDrained()
  }

  crashed(cause: unknown): void {
    this.#call.crashed("upstream", cause)
  }

  // Calls from the reply's reader.

  start(to: ReplySink): void {
    this.#sink = to
    const early = this.#early
    if (early === null) this.#stream?.start()
    else process.nextTick(() => this.#endLate(early))
  }

  pause(): void {
    this.#stream?.pause()
  }

  resume(): void {
    this.#stream?.resume()
  }

  cancel(): void {
    this.#abandon()
  }

  /** Tells the reader of an end that came before it. Nobody above would catch what the reader throws. */
  #endLate(status: Status): void {
    try {
      this.#endReply(status)
    } catch (cause) {
      this.crashed(cause)
    }
  }

  #endReply(status: Status): void {
    if (this.#sink === null) {
      this.#early = status
      return
    }
    if (this.#state === "over") return
    this.#state = "over"
    this.#sink.end(status)
  }

  /** Ends the attempt without a reply. */
  #finish(error: BridgeError): void {
    if (this.#state === "over") return
    this.#stopTimer()
    if (this.#state === "nonGrpc") this.#stream?.reset(constants.NGHTTP2_CANCEL)
    this.#state = "over"
    if (error.reason !== "backend-refused") this.#tellEndpoint(error.code, [])
    this.#reject(error)
  }

  /** Ends the attempt alone. The endpoint is told DEADLINE_EXCEEDED: this is how one that hangs is found. */
  #timedOut(limitMs: number): void {
    try {
      this.#tellEndpoint(Code.DeadlineExceeded, [])
      this.#stream?.reset(constants.NGHTTP2_CANCEL)
      this.#finish(attemptTimeout(limitMs))
    } catch (cause) {
      this.crashed(cause)
    }
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  /** A deadline that passes before any answer is the endpoint's failure: this is how one that hangs is found. */
  #callEnded(end: Status): void {
    if (this.#state === "asked" && end.code === Code.DeadlineExceeded) this.#tellEndpoint(end.code, [])
    this.#abandon()
  }

  #tellEndpoint(code: number, fields: readonly string[]): void {
    this.#endpoint?.attemptEnded(code, fields)
    this.#endpoint = null
  }

  /** The call is over. The backend is told at once, whatever the state. */
  #abandon(): void {
    if (this.#state === "over") return
    this.#stopTimer()
    if (this.#state === "acquiring") this.#call.route.upstream.release(this)
    this.#state = "over"
    this.#nonGrpc?.cancel()
    this.#stream?.reset(constants.NGHTTP2_CANCEL)
  }
}

function attemptTimeout(limitMs: number): BridgeError {
  return new BridgeError(
    "attempt-timeout",
    `The backend did not begin its answer within ${limitMs} ms, the time of one attempt on this route`,
  )
}
