import { Http1Request } from "./http1-request.ts"
import { Http2Request } from "./http2-request.ts"
import type { RequestLine, WebRequest } from "./web-request.ts"

/** The HTTP version of a request. */
export type WireCarrier = "http1" | "http2"

/** Connects and sends the head. */
export function openRequest(address: string, carrier: WireCarrier, line: RequestLine): Promise<WebRequest> {
  return carrier === "http1" ? Http1Request.open(address, line) : Http2Request.open(address, line)
}
