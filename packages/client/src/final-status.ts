import { Code, codeFromHttpStatus, decodeStatusMessage, parseStatusCode } from "@causeway/protocol"
import { cutAnswer } from "./network-error.ts"
import { RpcError } from "./rpc-error.ts"
import { decodeStatusDetails } from "./status-details.ts"

/** All of an answer, at its end, that says how the call went. */
export interface AnswerEnd {
  readonly header: Headers
  /** null: there was no trailer frame. */
  readonly trailer: Headers | null
  readonly httpStatus: number
  readonly messageCount: number
  /** The server said by its head that there is no body. */
  readonly isEmpty: boolean
}

/**
 * The error that an answer ends with; null if its status is OK. A status in the trailer frame comes first. One in the
 * headers counts if the answer had no message ("Trailers-Only") or a trailer frame that says nothing of its own. The HTTP
 * status counts where there is none. An answer without any was cut on the way: it is never a success.
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
    // Codes above 16 have no name, here as in the bridge, and are passed on as they are.
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

/** Headers and trailers together, as connect has it; of the status itself only the one that counts. */
function metadataOf({ header, trailer }: AnswerEnd): Headers {
  const metadata = new Headers(header)
  trailer?.forEach((value, name) => {
    if (name.startsWith("grpc-")) metadata.set(name, value)
    else metadata.append(name, value)
  })
  return metadata
}
