import { codeFromHttpStatus } from "@causeway/protocol"
import { RpcError } from "./rpc-error.ts"
import { withinGrace } from "./within-grace.ts"

/** The length of the shown beginning of the body, in characters. */
const excerptLength = 80

/**
 * The error of an HTTP answer that is not gRPC-Web: a web page (the fallback of a single-page app, a captive portal), a
 * proxy's error, another protocol. Its code follows from the HTTP status (UNKNOWN for a 200), and its message shows the
 * beginning of the body. The rest of the body is dropped.
 */
export async function nonGrpcAnswer(response: Response): Promise<RpcError> {
  const { status: httpStatus, headers } = response
  const contentType = headers.get("content-type")
  const excerpt = await readExcerpt(response.body)
  const came = `HTTP ${httpStatus} with ${contentType ?? "no content-type"}`
  const shown = excerpt === "" ? "" : `, beginning with ${JSON.stringify(excerpt)}`
  const message = `the answer is not gRPC-Web: ${came}${shown}. ${likelyCause(httpStatus, contentType)}`
  return new RpcError(message, codeFromHttpStatus(httpStatus), {
    source: "http",
    httpStatus,
    metadata: headers,
    reason: headers.get("x-causeway-reason"),
  })
}

/** The text is quoted in docs/errors.md; a test compares them. */
function likelyCause(httpStatus: number, contentType: string | null): string {
  if (httpStatus < 300 && contentType?.toLowerCase().startsWith("text/html")) {
    return "A web page came: baseUrl is wrong, or a login or proxy stands before the bridge"
  }
  if (httpStatus === 404) return "Nothing is here: is baseUrl the bridge's?"
  if (httpStatus === 505) return "It takes bidi calls over HTTP/2 only"
  if (httpStatus > 500) return "A proxy on the way could not reach the bridge"
  return "baseUrl is not the bridge's, or something on the way answered"
}

/** The first characters of a body, on one line; "" if they do not arrive within the grace time. */
async function readExcerpt(body: ReadableStream<Uint8Array> | null): Promise<string> {
  const reader = body?.getReader()
  if (reader === undefined) return ""
  const first = await withinGrace(reader.read().catch(() => undefined))
  reader.cancel().catch(() => {})
  const text = new TextDecoder().decode(first?.value?.subarray(0, 4 * excerptLength))
  return text.replace(/\s+/g, " ").trim().slice(0, excerptLength)
}
