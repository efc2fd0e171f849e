import { Code, codeFromHttpStatus, decodeStatusMessage, parseStatusCode } from "@causeway/protocol"
import { cutAnswer } from "./network-error.ts"
import { RpcError } from "./rpc-error.ts"
import { decodeStatusDetails } from "./status-details.ts"

/** The parts of a finished answer that determine the status of the call. */
export interface AnswerEnd {
  readonly header: Headers
  /** Null if there was no trailer frame. */
  readonly trailer: Headers | null
  readonly httpStatus: number
  readonly messageCount: number
  /** Whether the head of the answer says that there is no body. */
  readonly isEmpty: boolean
}

/**
 * The error that an answer ends with; null if its status is OK. A status in the trailer frame comes first. A status in
 * the headers counts if the answer has no message ("Trailers-Only") or a trailer frame without a status. Without a gRPC
 * status an HTTP error status counts. An answer with neither was cut: it is never a success.
 */
export function statusError(end: AnswerEnd): RpcError | null {
  const { header, trailer, httpStatus } = end
  const isTrailersOnly = trailer !== null || end.messageCount === 0
  const fields = trailer?.has("grpc-status") ? trailer : isTrailersOnly ? header : null
  const status = fields?.get("grpc-status") ?? null
  const code = status === null ? null : parseStatusCode(status)
  if (code === 0) return null
  const name = "x-causeway-reason"
  const context = { metadata: metadataOf(end), reason: trailer?.get(name) ?? header.get(name) }
  if (fields && code !== null) {
    // Codes above 16 have no name. They are passed on unchanged, as in the bridge.
    const details = decodeStatusDetails(fields.get("grpc-status-details-bin") ?? "")
    const message = decodeStatusMessage(fields.get("grpc-message") ?? "")
    return new RpcError(message, code, { ...context, source: "server", details })
  }
  let why = "the answer has no grpc-status; across origins it needs Access-Control-Expose-Headers"
  if (status !== null) {
    why = `the answer has grpc-status ${JSON.stringify(status)}, no number`
  } else if (httpStatus > 299) {
    const ofHttp = codeFromHttpStatus(httpStatus)
    return new RpcError(`HTTP ${httpStatus} without a grpc-status`, ofHttp, { ...context, source: "http", httpStatus })
  } else if (trailer === null && !end.isEmpty && !header.has("grpc-message")) {
    return cutAnswer("without its trailers")
  }
  return new RpcError(why, Code.Unknown, { ...context, source: "protocol" })
}

/** Headers and trailers together, as in connect. Of two statuses only the effective one is kept. */
function metadataOf({ header, trailer }: AnswerEnd): Headers {
  const metadata = new Headers(header)
  trailer?.forEach((value, name) => {
    if (name.startsWith("grpc-")) metadata.set(name, value)
    else metadata.append(name, value)
  })
  return metadata
}
