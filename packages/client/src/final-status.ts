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
  if (trailer?.has("grpc-status")) return readStatus(trailer, end)
  if (header.has("grpc-status") && (trailer !== null || end.messageCount === 0)) return readStatus(header, end)
  const context = { metadata: metadataOf(end), reason: trailer?.get(reasonName) ?? header.get(reasonName) }
  if (httpStatus < 200 || httpStatus > 299) {
    const code = codeFromHttpStatus(httpStatus)
    return new RpcError(`HTTP ${httpStatus} without a grpc-status`, code, { ...context, source: "http", httpStatus })
  }
  if (trailer === null && !end.isEmpty && !header.has("grpc-message")) return cutAnswer("without its trailers")
  const why = "the answer has no grpc-status; across origins it needs Access-Control-Expose-Headers"
  return new RpcError(why, Code.Unknown, { ...context, source: "protocol" })
}

/** The bridge's own word for a failure that it made. */
const reasonName = "x-causeway-reason"

function readStatus(fields: Headers, end: AnswerEnd): RpcError | null {
  const text = fields.get("grpc-status") ?? ""
  const code = parseStatusCode(text)
  if (code === 0) return null
  const context = { metadata: metadataOf(end), reason: fields.get(reasonName) }
  if (code === null) {
    const why = `the answer has grpc-status ${JSON.stringify(text)}`
    return new RpcError(why, Code.Unknown, { ...context, source: "protocol" })
  }
  // Codes above 16 have no name, here as in the bridge, and are passed on as they are.
  return new RpcError(decodeStatusMessage(fields.get("grpc-message") ?? ""), code, {
    ...context,
    source: "server",
    details: decodeStatusDetails(fields.get("grpc-status-details-bin") ?? ""),
  })
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
