import { Code, ConnectError } from "@connectrpc/connect"
import { abortError } from "../abort-error.ts"
import { brokenAnswer, cutAnswer, networkError } from "../network-error.ts"
import { RpcError } from "../rpc-error.ts"
import type { HttpOutcome } from "./watched-fetch.ts"

/** Content types of the Connect protocol. Another content type means that another server or a proxy answered. */
const connectTypes = /^application\/(connect\+)?(json|proto)\b/i

const isStream = (contentType: string): boolean => /^application\/connect\+/i.test(contentType)

/** Turns an error of connect-web into an `RpcError`. The outcome of the HTTP request decides its `source`. */
export function connectError(thrown: unknown, url: string, signal: AbortSignal, outcome: HttpOutcome): ConnectError {
  if (signal.aborted) return abortError(signal)
  const error = ConnectError.from(thrown)
  if (error.isWireError) return fromServer(error)
  // connect-web's own deadline timer may fire first; it ends the request too.
  const isOwn = outcome.kind === "pending" || error.code === Code.DeadlineExceeded
  if (isOwn) return new RpcError(error.rawMessage, error.code, { source: "client", cause: thrown })
  if (outcome.kind === "refused") return networkError(url, outcome.cause)
  const { response, body } = outcome
  if (body.kind === "broken") return brokenAnswer(body.cause)
  const { status: httpStatus, ok, headers } = response
  const contentType = headers.get("content-type") ?? ""
  if (!ok || !connectTypes.test(contentType)) {
    const why = `the answer is not of the Connect protocol: HTTP ${httpStatus}, content-type ${contentType || "none"}`
    const code = ok ? Code.Unknown : error.code
    return new RpcError(why, code, { source: "http", httpStatus, metadata: headers, cause: thrown })
  }
  if (isStream(contentType) && body.kind === "ended" && !body.isWholeStream) return cutAnswer("before its end")
  return new RpcError(error.rawMessage, error.code, { source: "protocol", cause: thrown })
}

function fromServer({ rawMessage, code, metadata, details, cause }: ConnectError): RpcError {
  const reason = metadata.get("x-causeway-reason")
  return new RpcError(rawMessage, code, { source: "server", reason, metadata, details, cause })
}
