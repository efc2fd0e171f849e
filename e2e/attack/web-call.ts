import type { IncomingHttpHeaders } from "node:http"
import type { ClientHttp2Session } from "node:http2"
import { grpcMessage } from "../../packages/bridge/test/support/h2-frames.ts"

/** The result of a unary gRPC-Web call: OK with its message, or the reason of the failure in a few words. */
export type CallOutcome = "ok" | (string & {})

export const callTimeoutMs = 10_000
export const origin = "https://app.example"

/** The request fields that a page sends with a call. */
export const callFields: Readonly<Record<string, string>> = {
  "content-type": "application/grpc-web+proto",
  accept: "application/grpc-web+proto",
  "x-grpc-web": "1",
  origin,
}

export const callBody: Buffer = grpcMessage("a call of the neighbour's")

/** Makes a call on an HTTP/2 session. Never rejects. */
export function callOverHttp2(
  session: ClientHttp2Session,
  path: string,
  timeoutMs: number = callTimeoutMs,
): Promise<CallOutcome> {
  return new Promise((resolve) => {
    if (session.closed || session.destroyed) return resolve("the connection was closed")
    const stream = session.request({ ":method": "POST", ":path": path, ...callFields })
    const parts: Buffer[] = []
    let head: IncomingHttpHeaders = {}
    const timer = setTimeout(() => {
      resolve(`no answer within ${timeoutMs} ms`)
      stream.close(8)
    }, timeoutMs)
    stream.on("response", (fields) => (head = fields))
    stream.on("data", (chunk: Buffer) => parts.push(chunk))
    stream.on("error", () => {})
    stream.on("close", () => {
      clearTimeout(timer)
      resolve(outcomeOf(Number(head[":status"] ?? 0), head, Buffer.concat(parts), stream.rstCode))
    })
    stream.end(callBody)
  })
}

/** Judges an answer by its status and the trailers in its body. */
export function outcomeOf(httpStatus: number, head: IncomingHttpHeaders, body: Buffer, resetCode = 0): CallOutcome {
  if (httpStatus === 0) return `reset with code ${resetCode} before an answer`
  const trailers = trailersOf(body)
  const status = /grpc-status: ?(\d+)/i.exec(trailers)?.[1] ?? textOf(head["grpc-status"])
  if (httpStatus === 200 && status === "0") return "ok"
  const message = /grpc-message: ?([^\r]*)/i.exec(trailers)?.[1] ?? textOf(head["grpc-message"])
  return `HTTP ${httpStatus}, grpc-status ${status === "" ? "none" : status} ${message}`.trim()
}

function textOf(value: string | readonly string[] | undefined): string {
  return typeof value === "string" ? value : (value?.[0] ?? "")
}

/** Returns the payload of the trailer frame of a gRPC-Web body. Empty: the body has no trailer frame. */
function trailersOf(body: Buffer): string {
  for (let at = 0; at + 5 <= body.length; at += 5 + body.readUInt32BE(at + 1)) {
    if ((body[at] & 0x80) !== 0) return body.subarray(at + 5).toString("latin1")
  }
  return ""
}
