// What the bridge is compared with: the least that carries a call with Node's own HTTP modules. It knows no CORS, deadline,
// status, metadata, limit, log or metric; it moves bytes, and gathers those of one turn of the event loop in one write.

import { createServer as createHttp1Server } from "node:http"
import { connect, createServer as createHttp2Server } from "node:http2"
import type { ClientHttp2Stream, ServerHttp2Stream } from "node:http2"
import type { AddressInfo } from "node:net"
import type { Readable, Writable } from "node:stream"

const upstream = connect(process.argv[2] ?? "")
const trailerFrame = Buffer.from("\x80\0\0\0\x0fgrpc-status:0\r\n", "latin1")
const contentType = "application/grpc-web+proto"

const http1 = createHttp1Server((request, response) => {
  relay(request, openStream(request.url ?? ""), response, () => response.writeHead(200, ["content-type", contentType]))
})
const http2 = createHttp2Server({ settings: { maxConcurrentStreams: 256 } })
http2.on("stream", (stream: ServerHttp2Stream, headers) => {
  const respond = (): void => stream.respond({ ":status": 200, "content-type": contentType })
  relay(stream, openStream(headers[":path"] ?? ""), stream, respond)
})
http1.listen(0, "127.0.0.1", () => print("http1", http1.address()))
http2.listen(0, "127.0.0.1", () => print("http2", http2.address()))

function openStream(path: string): ClientHttp2Stream {
  return upstream.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc+proto",
    te: "trailers",
  })
}

function relay(request: Readable, stream: ClientHttp2Stream, response: Writable, respond: () => void): void {
  stream.on("response", respond)
  gather(request, stream, null)
  gather(stream, response, trailerFrame)
  request.on("error", () => stream.close())
  stream.on("error", () => response.destroy())
}

/** Writes the chunks of one turn as one, then `last`. */
function gather(from: Readable, to: Writable, last: Buffer | null): void {
  let waiting: Buffer[] = []
  const flush = (): void => {
    if (waiting.length === 0) return
    const chunk = waiting.length === 1 ? waiting[0] : Buffer.concat(waiting)
    waiting = []
    if (!to.write(chunk)) from.pause()
  }
  from.on("data", (chunk: Buffer) => {
    if (waiting.push(chunk) === 1) setImmediate(flush)
  })
  from.on("end", () => {
    if (last !== null) waiting.push(last)
    const rest = waiting
    waiting = []
    to.end(Buffer.concat(rest))
  })
  to.on("drain", () => from.resume())
}

function print(carrier: string, address: AddressInfo | string | null): void {
  process.stdout.write(`${carrier}    http://127.0.0.1:${(address as AddressInfo).port}\n`)
}
